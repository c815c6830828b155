import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";

export interface ScratchDirectory {
  readonly path: string;
  /** Writes a file below `path`, directories included; its full name. */
  write(name: string, text: string, mode?: number): string;
}

/** A directory for each test, removed after it. */
export function useScratchDirectory(): ScratchDirectory {
  let path = "";
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "plexaubnet-"));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
    write: (name, text, mode = 0o600) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode });
      return file;
    },
  };
}
