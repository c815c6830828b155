/**
 * `resource.Quantity` as a CEL value: `1.5Gi`, `100m`, `3e6`. Held as a whole number of nanos, the finest unit that
 * Kubernetes keeps.
 */
const NANOS = 1_000_000_000n;
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

export class QuantityValue {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  compareTo(other: QuantityValue): bigint {
    if (this.nanos === other.nanos) return 0n;
    return this.nanos < other.nanos ? -1n : 1n;
  }

  get isInteger(): boolean {
    return (
      this.nanos % NANOS === 0n && this.nanos / NANOS <= 2n ** 63n - 1n && this.nanos / NANOS >= -(2n ** 63n)
    );
  }

  get integer(): bigint {
    return this.nanos / NANOS;
  }

  get approximate(): number {
    return Number(this.nanos) / Number(NANOS);
  }
}

export function parseQuantity(text: string): QuantityValue | undefined {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent, suffix = ""] = parts;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(`${whole}${fraction}`);
  const power =
    (exponent === undefined ? (DECIMAL[suffix] ?? 0) : Number(exponent.slice(1))) - fraction.length + 9;
  const shifted = digits << (BINARY[suffix] ?? 0n);
  // What is finer than a nano is rounded up, as Kubernetes does.
  const scale = 10n ** BigInt(Math.abs(power));
  const nanos = power >= 0 ? shifted * scale : (shifted + scale - 1n) / scale;
  return new QuantityValue(sign === "-" ? -nanos : nanos);
}
