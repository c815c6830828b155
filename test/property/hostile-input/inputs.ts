/** Inputs that no well-meaning client would send: mutations of good ones, and values made of odd parts. */
import { MAX_DEPTH } from "../../../src/apiserver/depth.ts";
import type { Draw } from "../draw.ts";

const KEYS = [
  "a",
  "b",
  "name",
  "uid",
  "spec",
  "__proto__",
  "constructor",
  "",
  "$patch",
  "~1",
  "0",
  "-",
  "é\ud800",
];
const SCALARS = [
  0,
  -0,
  1,
  1e21,
  2 ** 53,
  0.1,
  true,
  false,
  null,
  "",
  "a",
  "replace",
  "delete",
  "\u0000\ud800",
  "x".repeat(300),
];

/** A JSON value. It is small more often than not. */
export function anyValue(draw: Draw, levels = 4): unknown {
  const kind = levels === 0 ? 0 : draw.below(4);
  if (kind === 2) return Array.from({ length: draw.below(4) }, () => anyValue(draw, levels - 1));
  if (kind === 3) return anyObject(draw, levels - 1);
  if (draw.chance(0.01)) return deepValue(draw.between(1, MAX_DEPTH));
  return draw.pick(SCALARS);
}

export function anyObject(draw: Draw, levels = 3): Record<string, unknown> {
  // Not as a literal: `__proto__` shall be a member.
  return Object.fromEntries(
    Array.from({ length: draw.below(5) }, () => [draw.pick(KEYS), anyValue(draw, levels)]),
  );
}

export function deepValue(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/**
 * The text with some of it gone, doubled, put elsewhere, repeated very often, or replaced by one of `parts`.
 */
export function mutated(draw: Draw, text: string, parts: readonly string[]): string {
  let mutant = text;
  for (let i = draw.between(0, 4); i > 0; i--) {
    const at = draw.below(mutant.length + 1);
    const end = Math.min(mutant.length, at + draw.below(12));
    const piece = mutant.slice(at, end);
    const times = draw.weighted([
      [6, 2],
      [2, 50],
      [1, 2_000],
    ]);
    const instead = draw.weighted<() => string>([
      [3, () => ""],
      [4, () => draw.pick(parts)],
      [3, () => piece.repeat(times)],
      [3, () => draw.pick(parts).repeat(times)],
      [2, () => mutant.slice(draw.below(mutant.length + 1))],
    ])();
    mutant = (mutant.slice(0, at) + instead + mutant.slice(end)).slice(0, 30_000);
  }
  return mutant;
}

/** The same for bytes. */
export function mutatedBytes(draw: Draw, bytes: Buffer): Buffer {
  const mutant = Buffer.from(bytes);
  for (let i = draw.between(1, 6); i > 0 && mutant.length > 0; i--) {
    mutant[draw.below(mutant.length)] = draw.pick([0, 1, 0x7f, 0x80, 0xff, draw.below(256)]);
  }
  const cut = draw.chance(0.3) ? mutant.subarray(0, draw.below(mutant.length + 1)) : mutant;
  if (!draw.chance(0.3)) return cut;
  const at = draw.below(cut.length + 1);
  const piece = cut.subarray(at, at + draw.below(40));
  return Buffer.concat([cut, ...Array.from({ length: draw.pick([1, 20, 500]) }, () => piece)]);
}
