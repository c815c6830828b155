/**
 * How a command fails in a way that its user can cure: one sentence that names the thing and the cure, and the exit
 * code. Everything else that is thrown is a bug, and is shown whole.
 */
export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(sentence: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(sentence, { cause: options.cause });
    this.name = "CommandFailure";
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The exit code for a command line that could not be understood. */
export const USAGE_EXIT_CODE = 2;

/** The `code` of a system error (`EADDRINUSE`), looking through wrappers; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === "string") return code;
  }
  return undefined;
}
