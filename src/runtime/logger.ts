/**
 * Log lines in JSON with the keys that controller-runtime uses: `level`, `ts`, `msg`, `controller`, `namespace`, `name`,
 * `reconcileID`; an error is under `err`. Tools for the logs of Go operators can read these.
 */
import { type DestinationStream, type Level, type Logger, pino, stdSerializers } from "pino";
import { type Clock, plainJson } from "../kernel/index.ts";

export type { Logger } from "pino";

export interface LoggerOptions {
  readonly clock: Clock;
  /** Default `info`. */
  readonly level?: Level | "silent";
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

export function createLogger({ clock, level = "info", destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    messageKey: "msg",
    timestamp: () => `,"ts":"${new Date(clock.now()).toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    // An error's message, type, stack and cause; never the request it belongs to, which may hold a token.
    serializers: { err: stdSerializers.errWithCause },
    errorKey: "err",
    // JSON leaves C1 and bidi characters as they are, and logs are read on terminals.
    hooks: { streamWrite: plainJson },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * The error in one line, under `error`: an unavailable server is reported again and again, and stacks would
 * bury the rest. The stack belongs into a line at `debug`.
 */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
