import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeDirectory } from "./make-directory.ts";

function withFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-test-"));
  try {
    run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function codeOf(path: string): unknown {
  try {
    makeDirectory(path, 0o700);
    return "made";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

test("a directory is made with all that is missing above it, and one that is there is left alone", () => {
  withFolder((folder) => {
    const path = join(folder, "a", "b", "c");
    makeDirectory(path, 0o700);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    writeFileSync(join(path, "file"), "");
    makeDirectory(path, 0o700);
    expect(existsSync(join(path, "file"))).toBe(true);
    mkdirSync(join(folder, "real"));
    symlinkSync("real", join(folder, "link"));
    expect(codeOf(join(folder, "link", "below"))).toBe("made");
    expect(existsSync(join(folder, "real", "below"))).toBe(true);
  });
});

test("what cannot become a directory is known by its code", () => {
  withFolder((folder) => {
    writeFileSync(join(folder, "file"), "");
    symlinkSync("nowhere", join(folder, "dangling"));
    symlinkSync("circle", join(folder, "circle"));
    expect(codeOf(join(folder, "file"))).toBe("EEXIST");
    expect(codeOf(join(folder, "file", "below"))).toBe("ENOTDIR");
    expect(codeOf(join(folder, "dangling"))).toBe("ENOENT");
    expect(codeOf(join(folder, "dangling", "below"))).toBe("ENOENT");
    expect(codeOf(join(folder, "circle"))).toBe("ELOOP");
    expect(codeOf(join(folder, "n".repeat(300)))).toBe("ENAMETOOLONG");
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });
});

test.runIf(process.platform === "linux")(
  "a file system without room for folders is distinguished from a missing parent",
  () => {
    expect(codeOf("/proc/plexaubnet-test")).toBe("ENOTSUP");
    expect(codeOf("/proc/plexaubnet-test/below")).toBe("ENOTSUP");
  },
);
