/**
 * Broken invariants. They are bugs: they are not handled, they end what is going on, with everything that is
 * needed to replay it.
 */
export class InvariantError extends Error {
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(Object.keys(details).length === 0 ? message : `${message} ${JSON.stringify(details)}`);
    this.name = "InvariantError";
    this.details = details;
  }
}

/** Throws an {@link InvariantError} unless `condition` holds. Stays on in production. */
export function assert(
  condition: unknown,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): asserts condition {
  if (!condition) throw new InvariantError(message, details);
}

/** For the default branch of a switch over a union: the type checker proves that no case was left out. */
export function unreachable(value: never): never {
  throw new InvariantError("unreachable case", { value });
}
