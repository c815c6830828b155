/**
 * The data directory of `up`: backed up while it runs, restored, damaged, repaired. All by the commands, each
 * a process of its own.
 */
import { cpSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plexaubnet, scratch, up } from "./up-process.ts";

const UP = ["up", "--once", "--no-examples", "--port", "0", "--data-dir"];

/** After the steps that were taken until then. */
const ONE_SENTENCE = /^(· .+\n)*plexaubnet: .+\.\n$/;

test("backup writes all that a running server keeps, and restore puts it into another folder", async () => {
  using folder = scratch();
  const [data, other, file] = ["data", "other", "file"].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  await using running = await up(data, "--no-examples");
  const backup = await plexaubnet(["backup", file, "--data-dir", data]);
  expect(backup).toMatchObject({ code: 0, stderr: "" });
  expect(backup.stdout).toMatch(/^Backed up: \d+ objects, as of revision \d+, in .+\.\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = await plexaubnet(["backup", file, "--data-dir", data]);
  expect(again).toMatchObject({ code: 1, stdout: "" });
  expect(again.stderr).toMatch(/is there already: name another file, or add --overwrite\.\n$/);
  const inUse = await plexaubnet(["restore", file, "--data-dir", data, "--replace"]);
  expect(inUse).toMatchObject({ code: 1, stdout: "" });
  expect(inUse.stderr).toMatch(ONE_SENTENCE);
  expect(inUse.stderr).toContain("in use by another process");
  expect(running.child.exitCode).toBeNull();
  const dry = await plexaubnet(["restore", file, "--data-dir", other, "--dry-run"]);
  expect(dry.stdout).toMatch(/is valid and would be restored: \d+ objects/);
  expect(existsSync(other)).toBe(false);
  expect(await plexaubnet(["restore", file, "--data-dir", other])).toMatchObject({ code: 0 });
  expect(await plexaubnet([...UP, other])).toMatchObject({ code: 0 });
});

test.each([
  [
    "its database is emptied",
    (data: string) => truncateSync(join(data, "state.db"), 0),
    "it is empty, and had",
  ],
  ["its database is removed", (data: string) => rmSync(join(data, "state.db")), "it is empty, and had"],
  [
    "its seal is removed",
    (data: string) => rmSync(join(data, "state.seal")),
    "state.seal, which knows what must be there",
  ],
])("a data directory is refused in one sentence where %s, and repaired when that is accepted", async (_, spoil, fault) => {
  using folder = scratch();
  const data = join(folder.path, "data");
  expect(await plexaubnet([...UP, data])).toMatchObject({ code: 0 });
  spoil(data);
  const refused = await plexaubnet([...UP, data]);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(ONE_SENTENCE);
  expect(refused.stderr).toContain(fault);
  expect(refused.stderr).toContain("plexaubnet repair");
  const asked = await plexaubnet(["repair", "--data-dir", data]);
  expect(asked).toMatchObject({ code: 1, stdout: "" });
  expect(asked.stderr).toContain("nothing was changed, since something is lost");
  const repaired = await plexaubnet(["repair", "--data-dir", data, "--accept-loss"]);
  expect(repaired.code, repaired.stderr).toBe(0);
  expect(repaired.stdout).toMatch(/^Repaired: \d+ objects were recovered/);
  expect(await plexaubnet([...UP, data])).toMatchObject({ code: 0 });
});

test("after a kill nothing is refused; a log that was cut then is", async () => {
  using folder = scratch();
  const data = join(folder.path, "data");
  const copy = join(folder.path, "copy");
  const running = await up(data, "--no-examples");
  await running[Symbol.asyncDispose]();
  cpSync(data, copy, { recursive: true });
  expect(await plexaubnet([...UP, data])).toMatchObject({ code: 0 });
  const log = join(copy, "state.db-wal");
  truncateSync(log, Math.floor(statSync(log).size / 2));
  const before = readFileSync(log);
  const refused = await plexaubnet([...UP, copy]);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(
    /the newest \d+ changes are missing, up to revision \d+: its write-ahead log was cut/,
  );
  expect(readFileSync(log).equals(before)).toBe(true);
});

test("a token that is none is refused before anything listens, and not shown", async () => {
  using folder = scratch();
  const data = join(folder.path, "data");
  expect(await plexaubnet([...UP, data])).toMatchObject({ code: 0 });
  for (const [text, fault] of [
    ["", "has 0 characters"],
    ["hunter2", "has 7 characters"],
  ] as const) {
    writeFileSync(join(data, "token"), text);
    const refused = await plexaubnet([...UP, data]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(ONE_SENTENCE);
    expect(refused.stderr).toContain(fault);
    expect(refused.stderr).not.toContain("hunter2");
    expect(refused.stderr).not.toContain("serving");
  }
});

test.each([
  [["restore", "FILE", "--namespace", "x"], "--namespace is for manifests"],
  [["restore", "FILE", "--skip-faulty"], "--skip-faulty is for manifests"],
  [["restore", "nothing", "--replace"], "--replace is for what `backup` wrote"],
  [["backup", "FILE", "--data-dir", ""], "It must not be empty"],
  [["backup"], "missing required argument"],
])("a command line about data that makes no sense: %j", async (words, complaint) => {
  using folder = scratch();
  const file = join(folder.path, "file");
  writeFileSync(file, "SQLite format 3\0 and no more");
  const end = await plexaubnet(words.map((word) => (word === "FILE" ? file : word)));
  expect(end).toMatchObject({ code: 2, stdout: "" });
  expect(end.stderr).toMatch(ONE_SENTENCE);
  expect(end.stderr).toContain(complaint);
});
