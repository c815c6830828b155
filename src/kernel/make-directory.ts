/**
 * Makes a directory and what is missing above it. `mkdirSync` with `recursive` would suffice, with one exception: where the
 * file system answers "no such file" although the parent is there, as `/proc` does, Node 24 tries again for ever.
 */
import { lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Leaves alone a directory that is there. `mode` is for those that are made.
 *
 * @throws Error with a system's `code`: EEXIST when a file stands there, ENOTDIR when one exists above it, ENOENT when
 * a symbolic link leads nowhere, ENOTSUP when that file system takes no folders, and any other error of the system.
 */
export function makeDirectory(path: string, mode: number): void {
  const missing: string[] = [];
  let at = resolve(path);
  while (!isThere(at)) {
    missing.push(at);
    at = dirname(at);
  }
  if (!statSync(at).isDirectory()) {
    if (missing.length === 0) throw fault("EEXIST", `${at} is a file`);
    throw fault("ENOTDIR", `${at} is a file`);
  }
  for (const directory of missing.reverse()) makeOne(directory, mode);
}

/** False: nothing of this name, not even a link that leads nowhere; for such a one it throws ENOENT. */
function isThere(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return true;
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  throw fault("ENOENT", `${path} is a link that leads nowhere`);
}

/** The parent is there. */
function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process may have created it in between.
    if (code === "EEXIST" && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    if (code === "ENOENT") throw fault("ENOTSUP", `the file system of ${path} takes no folders`, error);
    throw error;
  }
}

function fault(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}
