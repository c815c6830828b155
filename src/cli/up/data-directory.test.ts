import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CommandFailure } from "../failure.ts";
import {
  assertLocal,
  keepFile,
  openDataDirectory,
  typedPath,
  unwritable,
  writeFileAtomically,
} from "./data-directory.ts";
import { networkFileSystemAt } from "./file-system.ts";

function withFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-test-"));
  try {
    run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a secret file is for its owner alone, also when it replaces one that was not", () => {
  withFolder((folder) => {
    const file = join(folder, "kubeconfig");
    writeFileAtomically(file, "old", 0o644);
    writeFileAtomically(`${file}.new`, "left by a crash", 0o644);
    writeFileAtomically(file, "new", 0o600);
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

test("a data directory below a file is refused in one sentence", () => {
  withFolder((folder) => {
    writeFileAtomically(join(folder, "file"), "", 0o600);
    const open = (path: string) => () => openDataDirectory(path);
    expect(open(join(folder, "file", "data"))).toThrow(CommandFailure);
    expect(open(join(folder, "file", "data"))).toThrow(
      /cannot be used: a part of the path is a file; specify another/,
    );
    expect(open(join(folder, "file"))).toThrow(
      /cannot be used: it is a file; specify another one with --data-dir/,
    );
  });
});

test("whatever the system refuses is reported in one sentence", () => {
  withFolder((folder) => {
    symlinkSync("nowhere", join(folder, "dangling"));
    symlinkSync("circle", join(folder, "circle"));
    const open = (name: string) => () => openDataDirectory(join(folder, name));
    expect(open("dangling")).toThrow(
      /cannot be used: a symbolic link in the path is broken; specify another/,
    );
    expect(open("circle")).toThrow(/cannot be used: symbolic links in the path form a loop; specify another/);
    expect(open("n".repeat(300))).toThrow(/cannot be used: a name in the path is too long; specify another/);
  });
  const refused = (code: string) => unwritable("data", Object.assign(new Error("raw"), { code }));
  expect(refused("EWHATEVER")).toMatchObject({
    message:
      "the data directory data cannot be used: the system returns EWHATEVER; specify another one with --data-dir.",
  });
  expect(refused("ERR_INVALID_ARG_TYPE")).not.toBeInstanceOf(CommandFailure);
});

test.runIf(process.platform === "linux")(
  "a file system that takes no folders is refused, and not waited for",
  () => {
    expect(() => openDataDirectory("/proc/plexaubnet")).toThrow(
      "the data directory /proc/plexaubnet cannot be used: the file system does not support directories; specify another one with --data-dir.",
    );
  },
);

test("a path is shown as it can be typed", () => {
  expect(typedPath(join(process.cwd(), ".plexaubnet/kubeconfig"))).toBe(".plexaubnet/kubeconfig");
  expect(typedPath("/var/lib/plexaubnet/kubeconfig")).toBe("/var/lib/plexaubnet/kubeconfig");
  expect(typedPath("/var/it's mine/kubeconfig")).toBe(`'/var/it'\\''s mine/kubeconfig'`);
});

test.each([
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xff534d42 - 2 ** 32, "CIFS"],
  [0xfe534d42, "SMB"],
])("a folder on a network file system (%i) is refused for a database, by name", (type, name) => {
  const at = (path: string) => networkFileSystemAt(path, () => type);
  expect(() => assertLocal("/data", at)).toThrow(
    `the data directory /data is on a network file system (${name}), where a second server could write to the same data: specify a directory on a local disk with --data-dir.`,
  );
});

test("a local folder, and one of which the system reports nothing, may have a database", () => {
  const silent = () => {
    throw new Error("ENOSYS");
  };
  for (const typeOf of [() => 0xef53, () => 0x01021994, silent])
    expect(() => assertLocal("/data", (path) => networkFileSystemAt(path, typeOf))).not.toThrow();
  expect(() => assertLocal(tmpdir())).not.toThrow();
});

test("a file that has the text already is left as it is, and needs no room", () => {
  withFolder((folder) => {
    const file = join(folder, "kubeconfig");
    keepFile(file, "text", 0o600);
    const { ino } = statSync(file);
    keepFile(file, "text", 0o600);
    expect(statSync(file).ino).toBe(ino);
    chmodSync(file, 0o644);
    keepFile(file, "text", 0o600);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    keepFile(file, "other", 0o600);
    expect(readFileSync(file, "utf8")).toBe("other");
  });
});
