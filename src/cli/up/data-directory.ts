/**
 * The folder that `plexaubnet up` stores everything in: `.plexaubnet/` by default. Only its owner may look
 * into it, since it holds keys and a token.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { makeDirectory } from "../../kernel/index.ts";
import { CommandFailure, systemErrorCode } from "../failure.ts";
import { networkFileSystemAt } from "./file-system.ts";

export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  readonly database: string;
  readonly kubeconfig: string;
  readonly log: string;
}

/** Where everything would be; nothing is touched. */
export function dataDirectoryAt(path: string): DataDirectory {
  const absolute = resolve(path);
  return {
    path: absolute,
    database: join(absolute, "state.db"),
    kubeconfig: join(absolute, "kubeconfig"),
    log: join(absolute, "plexaubnet.log"),
  };
}

/**
 * The folder, made if need be.
 *
 * @throws CommandFailure when nothing can be written there.
 */
export function openDataDirectory(path: string): DataDirectory {
  const directory = dataDirectoryAt(path);
  try {
    makeDirectory(directory.path, 0o700);
    closeSync(openSync(directory.log, "a", 0o600));
  } catch (error) {
    throw unwritable(path, error);
  }
  return directory;
}

/**
 * For a folder that a database is to be in.
 *
 * @throws CommandFailure when other machines may write there: neither the locks nor the shared memory of the store reach
 * across.
 */
export function assertLocal(path: string, networkAt = networkFileSystemAt): void {
  const network = networkAt(path);
  if (network === undefined) return;
  throw new CommandFailure(
    `the data directory ${path} is on a network file system (${network}), where a second server could write to the same data: specify a directory on a local disk with --data-dir.`,
  );
}

/** What the system's error codes mean for the user of a folder. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is a file",
  EEXIST: "it is a file",
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  ENOENT: "a symbolic link in the path is broken",
  ENOTSUP: "the file system does not support directories",
  ENAMETOOLONG: "a name in the path is too long",
  ELOOP: "symbolic links in the path form a loop",
  EISDIR: "there is a directory where a file should be",
  EIO: "the disk fails to read or write",
  EINVAL: "the file system does not allow this name",
};

/** Codes of the system, and none of Node's own (`ERR_…`) or of a library. */
const SYSTEM_CODE = /^E[A-Z0-9]+$/;

/** The failure that a system error means for the user of a folder; any other error is handed back as it is. */
export function unwritable(path: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || !SYSTEM_CODE.test(code)) return error;
  const meaning = MEANINGS[code] ?? `the system returns ${code}`;
  return new CommandFailure(
    `the data directory ${path} cannot be used: ${meaning}; specify another one with --data-dir.`,
    { cause: error },
  );
}

/** As {@link writeFileAtomically}, unless the file has that text already: that needs no room on the disk. */
export function keepFile(path: string, text: string, mode: number): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  const isSame =
    stat?.isFile() === true && (stat.mode & 0o777) === mode && readFileSync(path, "utf8") === text;
  if (!isSame) writeFileAtomically(path, text, mode);
}

/** Replaces a file so that a reader, or a crash, meets the old text or the new one, and nothing in between. */
export function writeFileAtomically(path: string, text: string, mode: number): void {
  const draft = `${path}.new`;
  rmSync(draft, { force: true });
  const file = openSync(draft, "wx", mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

/** A path as a person in this working directory would type it into a shell. */
export function typedPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  const shorter = fromHere === "" || fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
  return /^[\w./+@%:,=-]+$/.test(shorter) ? shorter : `'${shorter.replaceAll("'", "'\\''")}'`;
}
