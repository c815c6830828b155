/** How long to wait before something that failed is tried again. */

export interface BackOffSteps {
  /** After the first failure. */
  readonly firstMs: number;
  /** Each further failure multiplies the wait by it. Default 2. */
  readonly factor?: number | undefined;
  /** Default: no limit. */
  readonly mostMs?: number | undefined;
}

/** Milliseconds. @param failures how many there were before this one */
export function backOffMs(
  failures: number,
  { firstMs, factor = 2, mostMs = Number.POSITIVE_INFINITY }: BackOffSteps,
): number {
  return Math.min(mostMs, firstMs * factor ** failures);
}
