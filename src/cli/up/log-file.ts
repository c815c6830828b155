import { destination } from "pino";
import type { Clock } from "../../kernel/index.ts";
import { createLogger, type Logger } from "../../runtime/index.ts";

/**
 * The log of the process: JSON lines, appended. Lines are written at once, so that what led to a crash is there.
 *
 * @param verbose every decision and every request, and not only what a person may have to act on.
 */
export function openLog(file: string, clock: Clock, verbose: boolean): Logger {
  const level = verbose ? "debug" : "info";
  return createLogger({ clock, level, destination: destination({ dest: file, sync: true }) });
}
