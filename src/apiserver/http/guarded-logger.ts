/** A logger that never throws: a full disk, or a destination that somebody wrote, must not end what is being served. */
import type { Logger } from "pino";

const LEVELS = new Set<string | symbol>(["trace", "debug", "info", "warn", "error", "fatal"]);

/** @param onDropped told of each line that could not be written. */
export function guardedLogger(logger: Logger, onDropped: () => void): Logger {
  return new Proxy(logger, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== "function") return member;
      if (name === "child") {
        return (...args: Parameters<Logger["child"]>) =>
          guardedLogger(target.child(...args) as unknown as Logger, onDropped);
      }
      if (!LEVELS.has(name)) return member.bind(target);
      return (...args: unknown[]) => {
        try {
          Reflect.apply(member, target, args);
        } catch {
          onDropped();
        }
      };
    },
  });
}
