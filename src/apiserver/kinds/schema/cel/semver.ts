/** Versions in rules: `semver('1.2.3').isLessThan(semver('2.0.0'))` (Semantic Versioning 2.0.0). */

export class SemverValue {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly before: readonly (string | bigint)[];

  constructor(numbers: readonly [bigint, bigint, bigint], before: readonly (string | bigint)[]) {
    this.numbers = numbers;
    this.before = before;
  }

  /** -1, 0 or 1. What stands behind a `+` does not count. */
  compareTo(other: SemverValue): bigint {
    for (const [i, number] of this.numbers.entries()) {
      const order = compare(number, other.numbers[i] as bigint);
      if (order !== 0n) return order;
    }
    return compareBefore(this.before, other.before);
  }
}

function compare(a: bigint | string, b: bigint | string): bigint {
  if (a === b) return 0n;
  return a < b ? -1n : 1n;
}

/** A version before a release comes first; numbers come before texts, and fewer parts before more. */
function compareBefore(a: readonly (string | bigint)[], b: readonly (string | bigint)[]): bigint {
  if (a.length === 0 || b.length === 0) return compare(BigInt(b.length), BigInt(a.length));
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left, right] = [a[i] as string | bigint, b[i] as string | bigint];
    if (typeof left !== typeof right) return typeof left === "bigint" ? -1n : 1n;
    const order = compare(left, right);
    if (order !== 0n) return order;
  }
  return compare(BigInt(a.length), BigInt(b.length));
}

const NUMBER = "0|[1-9]\\d{0,17}";
const PART = "(?:0|[1-9]\\d*|\\d*[A-Za-z-][\\dA-Za-z-]*)";
const VERSION = new RegExp(
  `^(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})(?:-(${PART}(?:\\.${PART})*))?(?:\\+[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*)?$`,
);
/** No version is longer. */
const MAX_CHARACTERS = 256;

/** `lenient`: `v1.2`, `01.2.3` too. */
export function parseSemver(text: string, lenient = false): SemverValue | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  const found = VERSION.exec(lenient ? normalized(text) : text);
  if (found === null) return undefined;
  const [, major = "", minor = "", patch = "", before] = found;
  const parts = before === undefined ? [] : before.split(".");
  return new SemverValue(
    [BigInt(major), BigInt(minor), BigInt(patch)],
    parts.map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)),
  );
}

function normalized(text: string): string {
  const [, numbers = "", rest = ""] = /^v?([\d.]*)(.*)$/.exec(text) ?? [];
  const parts = numbers.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3 && rest === "") parts.push("0");
  return parts.join(".") + rest;
}

function semver(text: string, lenient = false): SemverValue {
  const version = parseSemver(text, lenient);
  if (version === undefined) throw new Error(`semver parse error during conversion from string: ${text}`);
  return version;
}

/** Functions of rules, by their signatures. */
export const semverFunctions: readonly (readonly [string, (...values: never[]) => unknown])[] = [
  ["isSemver(string): bool", (text: string) => parseSemver(text) !== undefined],
  [
    "isSemver(string, bool): bool",
    (text: string, lenient: boolean) => parseSemver(text, lenient) !== undefined,
  ],
  ["semver(string): kubernetes.Semver", (text: string) => semver(text)],
  ["semver(string, bool): kubernetes.Semver", semver],
  ["kubernetes.Semver.major(): int", ({ numbers }: SemverValue) => numbers[0]],
  ["kubernetes.Semver.minor(): int", ({ numbers }: SemverValue) => numbers[1]],
  ["kubernetes.Semver.patch(): int", ({ numbers }: SemverValue) => numbers[2]],
  ["kubernetes.Semver.compareTo(kubernetes.Semver): int", (a: SemverValue, b: SemverValue) => a.compareTo(b)],
  [
    "kubernetes.Semver.isLessThan(kubernetes.Semver): bool",
    (a: SemverValue, b: SemverValue) => a.compareTo(b) < 0n,
  ],
  [
    "kubernetes.Semver.isGreaterThan(kubernetes.Semver): bool",
    (a: SemverValue, b: SemverValue) => a.compareTo(b) > 0n,
  ],
];
