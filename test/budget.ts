/**
 * How much a test that could go on for ever tries. `npm test` stays within minutes; CI sets
 * `PLEXAUBNET_TEST_LONG`, with which everything is tried that a smaller budget leaves out. What a test counts
 * in a variable of its own beats both.
 */
export const LONG = (process.env.PLEXAUBNET_TEST_LONG ?? "") !== "";

/** @param variable e.g. `PLEXAUBNET_HISTORIES` */
export function budget(variable: string, usual: number, long: number): number {
  const asked = process.env[variable] ?? "";
  if (asked === "") return LONG ? long : usual;
  const count = Number(asked);
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`${variable} is a whole number of at least 1, not "${asked}"`);
}
