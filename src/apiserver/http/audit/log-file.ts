/**
 * The file that audit events go to. It never throws and never makes a request wait: lines are gathered while the last
 * ones are being written, and what cannot be written is dropped and counted.
 */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { type AuditEvent, auditLineOf } from "./event.ts";

export interface AuditLogOptions {
  /** Appended to; made with mode 0600. */
  readonly file: string;
  /** At this size the file becomes `FILE.1`, and so on. Default: 100 MiB. */
  readonly maxBytes?: number;
  /** So many of the older files are kept. Default: 5. */
  readonly keep?: number;
  /** Called when lines begin to be lost, and with how many they were once writing works again. */
  readonly onLoss: (lost: { readonly lines: number; readonly cause: unknown }) => void;
}

export interface AuditLog {
  record(event: AuditEvent): void;
  /** After everything recorded is written, or was found not to be writable. */
  close(): Promise<void>;
}

const MAX_BYTES = 100 * 1024 * 1024;
const KEEP = 5;
/** More than this waits for no disk. */
const MAX_PENDING_CHARACTERS = 8 * 1024 * 1024;

/** @throws Error of the system when the file cannot be opened, or is none. */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const writer = new RotatingFile(options.file, options.maxBytes ?? MAX_BYTES, options.keep ?? KEEP);
  await writer.open();
  return new BufferedLog(writer, options.onLoss);
}

class BufferedLog implements AuditLog {
  readonly #file: RotatingFile;
  readonly #onLoss: AuditLogOptions["onLoss"];
  #pending: string[] = [];
  #pendingCharacters = 0;
  #writing: Promise<void> | undefined;
  #lost = 0;
  #isClosed = false;

  constructor(file: RotatingFile, onLoss: AuditLogOptions["onLoss"]) {
    this.#file = file;
    this.#onLoss = onLoss;
  }

  record(event: AuditEvent): void {
    if (this.#isClosed) return;
    const line = auditLineOf(event);
    if (this.#pendingCharacters + line.length > MAX_PENDING_CHARACTERS) {
      this.#lose(1, "the disk is slower than the writes");
      return;
    }
    this.#pending.push(line);
    this.#pendingCharacters += line.length;
    this.#writing ??= this.#writeAll();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.#file.close();
  }

  async #writeAll(): Promise<void> {
    // Let the requests of this turn come together.
    await Promise.resolve();
    while (this.#pending.length > 0) {
      const lines = this.#pending;
      this.#pending = [];
      this.#pendingCharacters = 0;
      const failure = await this.#file.append(lines.join("")).then(
        () => undefined,
        (cause: unknown) => ({ cause }),
      );
      if (failure !== undefined) this.#lose(lines.length, failure.cause);
      else this.#reportRecovery();
    }
    this.#writing = undefined;
  }

  /** Reported at the first line only: a full disk is not helped by a log that grows. */
  #lose(lines: number, cause: unknown): void {
    if (this.#lost === 0) this.#onLoss({ lines, cause });
    this.#lost += lines;
  }

  #reportRecovery(): void {
    if (this.#lost === 0) return;
    this.#onLoss({ lines: this.#lost, cause: "writing works again" });
    this.#lost = 0;
  }
}

class RotatingFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #keep: number;
  #handle: FileHandle | undefined;
  #bytes = 0;
  /** The last line was cut short, by a crash or a full disk: the next one must not stand in it. */
  #isTorn = false;

  constructor(path: string, maxBytes: number, keep: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#keep = keep;
  }

  async open(): Promise<void> {
    const handle = await open(this.#path, "a+", 0o600);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new Error(`${this.#path} is not a regular file.`);
      this.#bytes = stat.size;
      this.#isTorn = stat.size > 0 && (await lastByte(handle, stat.size)) !== NEWLINE;
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.#handle = handle;
  }

  async append(text: string): Promise<void> {
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text);
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) await this.#rotate();
    if (this.#handle === undefined) await this.open();
    try {
      await this.#handle?.appendFile(bytes);
      this.#bytes += bytes.length;
      this.#isTorn = false;
    } catch (error) {
      this.#isTorn = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }

  async #rotate(): Promise<void> {
    await this.close();
    await rm(`${this.#path}.${this.#keep}`, { force: true });
    for (let n = this.#keep - 1; n >= 1; n--) {
      await rename(`${this.#path}.${n}`, `${this.#path}.${n + 1}`).catch(ignoreMissing);
    }
    if (this.#keep > 0) await rename(this.#path, `${this.#path}.1`).catch(ignoreMissing);
    else await rm(this.#path, { force: true });
    this.#isTorn = false;
    await this.open();
  }
}

const NEWLINE = 0x0a;

async function lastByte(handle: FileHandle, size: number): Promise<number | undefined> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 ? buffer[0] : undefined;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
