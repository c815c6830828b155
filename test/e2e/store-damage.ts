/**
 * What can happen to the files of a store unnoticed. Every draw is decided by the seed.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Random, randomBelow } from "../../src/kernel/index.ts";

/** The files of a store at one time. */
export type Copy = ReadonlyMap<string, Buffer>;

const PARTS = ["state.db", "state.db-wal", "state.db-shm", "state.seal"];

export function copyOf(folder: string): Copy {
  const names = readdirSync(folder).filter((name) => PARTS.includes(name));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
}

export function putInto(folder: string, copy: Copy): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of copy) writeFileSync(join(folder, name), bytes);
}

export interface Past {
  /** Of the same store, of earlier times. */
  readonly older: readonly Copy[];
  /** Of another store. */
  readonly foreign: Copy;
}

/** As if it had happened an hour after all that was written: tests have no time to wait. */
function isLater(path: string): void {
  const { mtimeMs } = statSync(path);
  utimesSync(path, mtimeMs / 1000 + 3600, mtimeMs / 1000 + 3600);
}

type Damage = (path: string, random: Random, past: Past) => string;

/** Does to one or several files what a bad disk, a bad tool or a bad day does. Reports what. */
export function damage(folder: string, random: Random, past: Past): string {
  const told: string[] = [];
  const count = randomBelow(random, 4) === 0 ? 2 : 1;
  for (let i = 0; i < count; i++) {
    const names = PARTS.filter((name) => existsSync(join(folder, name)));
    const name = names[randomBelow(random, names.length)];
    if (name === undefined) break;
    const kinds = Object.entries(DAMAGES);
    const [kind, strike] = kinds[randomBelow(random, kinds.length)] as (typeof kinds)[number];
    told.push(`${kind} ${name} ${strike(join(folder, name), random, past)}`);
  }
  if (existsSync(join(folder, "state.seal"))) isLater(join(folder, "state.seal"));
  return told.join(", ");
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  "flip bits of": (path, random) => {
    const bytes = readFileSync(path);
    if (bytes.length === 0) return "";
    const flips = 1 + randomBelow(random, 8);
    const from = randomBelow(random, bytes.length);
    for (let i = 0; i < flips; i++) {
      const at = i === 0 ? from : Math.min(bytes.length - 1, from + randomBelow(random, 64));
      bytes[at] = (bytes[at] ?? 0) ^ (1 << randomBelow(random, 8));
    }
    writeFileSync(path, bytes);
    return `${flips} at ${from} of ${bytes.length}`;
  },
  "flip a bit early in": (path, random) => {
    const bytes = readFileSync(path);
    if (bytes.length === 0) return "";
    const at = randomBelow(random, Math.min(bytes.length, 200));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << randomBelow(random, 8));
    writeFileSync(path, bytes);
    return `at ${at}`;
  },
  truncate: (path, random) => {
    const bytes = readFileSync(path);
    const length = randomBelow(random, bytes.length + 1);
    writeFileSync(path, bytes.subarray(0, length));
    return `${length} of ${bytes.length}`;
  },
  "cut pages off": (path, random) => {
    const bytes = readFileSync(path);
    const length = Math.max(0, bytes.length - 4096 * (1 + randomBelow(random, 5)));
    writeFileSync(path, bytes.subarray(0, length));
    return `${length} of ${bytes.length}`;
  },
  empty: (path) => {
    writeFileSync(path, "");
    return "";
  },
  remove: (path) => {
    rmSync(path);
    return "";
  },
  "zero a part of": (path, random) => {
    const bytes = readFileSync(path);
    const from = randomBelow(random, bytes.length + 1);
    bytes.fill(0, from, Math.min(bytes.length, from + 1 + randomBelow(random, 8192)));
    writeFileSync(path, bytes);
    return `from ${from} of ${bytes.length}`;
  },
  "put rubbish into": (path, random) => {
    const bytes = readFileSync(path);
    const from = randomBelow(random, bytes.length + 1);
    for (let at = from; at < Math.min(bytes.length, from + 512); at++) bytes[at] = randomBelow(random, 256);
    writeFileSync(path, bytes);
    return `from ${from} of ${bytes.length}`;
  },
  "put an old copy over": (path, random, { older }) => {
    const copy = older[randomBelow(random, older.length)];
    const bytes = copy?.get(basename(path));
    if (bytes === undefined) return "(there was none)";
    writeFileSync(path, bytes);
    return `${bytes.length} bytes`;
  },
  "put an old copy of all over": (path, random, { older }) => {
    putInto(dirname(path), older[randomBelow(random, older.length)] ?? new Map());
    return "";
  },
  "put an old database with its log over": (path, random, { older }) => {
    const copy = older[randomBelow(random, older.length)];
    for (const name of ["state.db", "state.db-wal", "state.db-shm"]) {
      const bytes = copy?.get(name);
      if (bytes === undefined) rmSync(join(dirname(path), name), { force: true });
      else writeFileSync(join(dirname(path), name), bytes);
    }
    return "";
  },
  "put that of another store over": (path, _, { foreign }) => {
    const bytes = foreign.get(basename(path));
    if (bytes === undefined) return "(there was none)";
    writeFileSync(path, bytes);
    return `${bytes.length} bytes`;
  },
  "swap another part with": (path, random) => {
    const other = join(dirname(path), PARTS[randomBelow(random, PARTS.length)] as string);
    if (other === path || !existsSync(other)) return "(none)";
    const aside = `${path}.aside`;
    copyFileSync(path, aside);
    copyFileSync(other, path);
    copyFileSync(aside, other);
    rmSync(aside);
    return basename(other);
  },
  "remove the log besides": (path) => {
    rmSync(`${join(dirname(path), "state.db")}-wal`, { force: true });
    return "";
  },
};
