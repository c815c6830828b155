/** Numbers, sizes and times as the page writes them. The words are those of the CLI. */

/** `16,777,216`, and `1.2 × 10²⁹` beyond what one reads. */
export function formatCount(count: bigint | number): string {
  const value = BigInt(typeof count === "number" ? Math.round(count) : count);
  if (value < 1_000_000_000_000_000n) return value.toLocaleString("en-GB");
  const digits = value.toString();
  return `${digits[0]}.${digits[1]} × 10${superscript(digits.length - 1)}`;
}

function superscript(value: number): string {
  return [...String(value)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
}

/** `32 %`; a little of something is `<1 %`, and not quite all is `>99 %`. */
export function formatPercent(percent: number): string {
  if (percent <= 0) return "0 %";
  if (percent < 1) return "<1 %";
  if (percent > 99 && percent < 100) return ">99 %";
  return `${Math.round(percent)} %`;
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ["y", 31_536_000],
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

/** `3 d 4 h`, `12 min`, `5 s`: the two largest units. Never negative. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return parts.join(" ") || "0 s";
}

/** From an RFC 3339 time until `now` (milliseconds). Undefined: it is not a time. */
export function ageOf(time: string | undefined, now: number): string | undefined {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(at) ? undefined : formatDuration((now - at) / 1000);
}

/** `14:02:07`, in the time zone of who looks. */
export function clockTime(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** `2026-11-28 14:02:07`. */
export function dateTime(time: string): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  return `${at.toLocaleDateString("sv-SE")} ${clockTime(at.getTime())}`;
}

/** `1 pool`, `3 pools`. */
export function counted(count: number, thing: string): string {
  return `${formatCount(count)} ${thing}${count === 1 ? "" : "s"}`;
}
