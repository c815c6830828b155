/** The bytes of a source: a file, or what is piped in, and never more than can be held. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { CommandFailure } from "../failure.ts";

/** Ten times the largest plan that is known. */
const MOST_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** @throws CommandFailure when it cannot be read, is not a file, or has too many bytes. */
export function readBytes(file: string): Uint8Array {
  try {
    if (file === "-") return readAll(0, "stdin");
    const handle = openSync(file, "r");
    try {
      const stat = fstatSync(handle);
      if (stat.isDirectory()) throw new CommandFailure(`${file} is a folder: name a file in it.`);
      if (stat.size > MOST_BYTES) throw tooLarge(file, `${stat.size} bytes, more`);
      return readAll(handle, file);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`${file} cannot be read (${code ?? message}): name a file that can.`, {
      cause: error,
    });
  }
}

/** A pipe has no size, and a device may never end. */
function readAll(handle: number, name: string): Uint8Array {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const count = readSome(handle, chunk);
    if (count === 0) return Buffer.concat(chunks, total);
    total += count;
    if (total > MOST_BYTES) throw tooLarge(name, "more bytes");
    chunks.push(chunk.subarray(0, count));
  }
}

/** An empty pipe answers EAGAIN until its writer has written. */
function readSome(handle: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(handle, chunk);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      // Nothing else is to be done meanwhile.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function tooLarge(name: string, what: string): CommandFailure {
  return new CommandFailure(
    `${name} has ${what} than can be read, which is ${MOST_BYTES}: split it, or remove columns.`,
  );
}
