import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress } from "./index.ts";
import { readCarefully } from "./read-carefully.ts";
import { readPlain } from "./read-plain.ts";

const part = fc.oneof(fc.nat(300).map(String), fc.constantFrom("", "00", "07", "1000", "-1", "a", "1e1"));
const dotted = fc.array(part, { minLength: 3, maxLength: 5 }).map((parts) => parts.join("."));
const group = fc.oneof(
  fc.nat(0x1ffff).map((value) => value.toString(16)),
  fc.constantFrom("", "0", "0000", "00000", "FFFF", "g", "1.2.3.4"),
);
const groups = fc
  .array(group, { minLength: 1, maxLength: 9 })
  .chain((parts) => fc.constantFrom(...parts.keys()).map((at) => parts.with(at, `${parts[at]}:`).join(":")));
const whole = fc.array(group, { minLength: 7, maxLength: 9 }).map((parts) => parts.join(":"));
const either = fc.oneof(dotted, groups, whole, fc.constantFrom("::", ":::", ":", "::1", "1::", "1:", ":1"));

test("PX-01 what is read at once is what is read part by part", () => {
  let plain = 0;
  fc.assert(
    fc.property(either, (text) => {
      const address = readPlain(text, text.length);
      if (address === undefined) return;
      plain++;
      expect(readCarefully(text)).toEqual({ ok: true, value: address });
    }),
    { numRuns: 5_000 },
  );
  expect(plain).toBeGreaterThan(500);
});

test("PX-01 what is canonical is read at once", () => {
  const address4 = fc.nat(2 ** 32 - 1).map((address) => ({ family: 4 as const, address }));
  const address6 = fc
    .bigInt({ min: 0n, max: (1n << 128n) - 1n })
    .map((address) => ({ family: 6 as const, address }));
  const sparse = fc.array(fc.constantFrom(0n, 0n, 1n), { minLength: 8, maxLength: 8 }).map((all) => ({
    family: 6 as const,
    address: all.reduce<bigint>((sum, one) => (sum << 16n) | one, 0n),
  }));
  fc.assert(
    fc.property(fc.oneof(address4, address6, sparse), (address) => {
      const text = formatAddress(address);
      expect(readPlain(`${text}/64`, text.length)).toEqual(address);
    }),
  );
});
