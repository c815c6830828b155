/** A logger that never throws: a full disk, or a custom destination, must not end requests. */
import type { Logger } from "pino";

const LEVELS = new Set<string | symbol>(["trace", "debug", "info", "warn", "error", "fatal"]);

/** @param onDropped called for each line that could not be written. */
export function guardedLogger(logger: Logger, onDropped: () => void): Logger {
  const guarded = new Map<string | symbol, (...args: unknown[]) => unknown>();
  return new Proxy(logger, {
    get(target, name) {
      const known = guarded.get(name);
      if (known !== undefined) return known;
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== "function") return member;
      const made = guardedMember(target, name, onDropped) ?? member.bind(target);
      guarded.set(name, made);
      return made;
    },
  });
}

function guardedMember(logger: Logger, name: string | symbol, onDropped: () => void) {
  if (name === "child") {
    return (...args: unknown[]) =>
      guardedLogger(Reflect.apply(logger.child, logger, args) as unknown as Logger, onDropped);
  }
  if (!LEVELS.has(name)) return undefined;
  return (...args: unknown[]) => {
    try {
      // Looked up each time: it is another function after a change of the level.
      Reflect.apply(logger[name as "info"], logger, args);
    } catch {
      onDropped();
    }
  };
}
