import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CommandFailure } from "../failure.ts";
import { openDataDirectory, typedPath, writeFileAtomically } from "./data-directory.ts";

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
      /cannot be used: a part of the path is a file; name another/,
    );
    expect(open(join(folder, "file"))).toThrow(
      /cannot be used: it is a file; name another one with --data-dir/,
    );
  });
});

test("a path is shown as it can be typed", () => {
  expect(typedPath(join(process.cwd(), ".plexaubnet/kubeconfig"))).toBe(".plexaubnet/kubeconfig");
  expect(typedPath("/var/lib/plexaubnet/kubeconfig")).toBe("/var/lib/plexaubnet/kubeconfig");
  expect(typedPath("/var/it's mine/kubeconfig")).toBe(`'/var/it'\\''s mine/kubeconfig'`);
});
