/**
 * String formats of the schemas of custom resources, each with the name Kubernetes gives it. A format that is not
 * here is ignored, as Kubernetes does.
 *
 * Addresses may have leading zeros (`010.0.0.1`), which count for nothing: so Kubernetes reads these formats, and so
 * alone. For a strict check of an address use `isIP` or `isCIDR` in a CEL rule.
 */
import { isIPv4, isIPv6 } from "node:net";

export type FormatCheck = (text: string) => boolean;

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?([0-9a-f])[0-9a-f]{3}-?([0-9a-f])[0-9a-f]{3}-?[0-9a-f]{12}$/i;
const HOSTNAME_LABEL = /^[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?$/i;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})([.,]\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const GO_DURATION = /^[-+]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/;
const WORD_DURATION =
  /^\d+(\.\d+)?\s*(ns|us|ms|s|m|h|d|w|nano|micro|milli|sec|second|min|minute|hr|hour|day|week)s?$/;

/** No text of any of these is longer, except for those that are content of any length. */
const MAX_CHARACTERS = 4096;
const OF_ANY_LENGTH = new Set(["byte", "password"]);

const checks: readonly (readonly [string, FormatCheck])[] = [
  ["ipv4", (text) => isAddress(text) && text.includes(".")],
  ["ipv6", (text) => isAddress(text) && text.includes(":")],
  ["cidr", isCidr],
  [
    "mac",
    (text) =>
      /^([0-9a-f]{2}[:-]){5}([0-9a-f]{2}|([0-9a-f]{2}[:-]){2}[0-9a-f]{2})$|^([0-9a-f]{4}\.){2,3}[0-9a-f]{4}$/i.test(
        text,
      ),
  ],
  ["date", isDate],
  ["date-time", isDateTime],
  ["duration", isDuration],
  ["uuid", (text) => UUID.test(text)],
  ["uuid3", (text) => UUID.exec(text)?.[1] === "3"],
  ["uuid4", (text) => UUID.exec(text)?.[1] === "4" && /[89ab]/i.test(UUID.exec(text)?.[2] ?? "")],
  ["uuid5", (text) => UUID.exec(text)?.[1] === "5" && /[89ab]/i.test(UUID.exec(text)?.[2] ?? "")],
  ["byte", isBase64],
  ["hostname", isHostname],
  [
    "email",
    (text) =>
      /^[^\s@"(),:;<>[\\\]]+@[^\s@]+$/.test(text) && isHostname(text.slice(text.lastIndexOf("@") + 1)),
  ],
  ["uri", (text) => URL.canParse(text) || (text.startsWith("/") && !/\s/.test(text))],
  ["hexcolor", (text) => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text)],
  [
    "rgbcolor",
    (text) => /^rgb\((\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*(,(?!\s*\))|(?=\)))){3}\)$/.test(text),
  ],
  ["bsonobjectid", (text) => /^[0-9a-f]{24}$/i.test(text)],
  ["creditcard", (text) => /^\d{12,19}$/.test(text.replace(/[ -]/g, ""))],
  ["ssn", (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text)],
  ["isbn", (text) => isIsbn10(text) || isIsbn13(text)],
  ["isbn10", isIsbn10],
  ["isbn13", isIsbn13],
  ["password", () => true],
  ["k8s-short-name", (text) => text.length <= 63 && DNS_LABEL.test(text)],
  ["k8s-long-name", (text) => text.length <= 253 && text.split(".").every((label) => DNS_LABEL.test(label))],
];

export const formatChecks: ReadonlyMap<string, FormatCheck> = new Map(
  checks.map(([name, check]) => [
    name,
    OF_ANY_LENGTH.has(name) ? check : (text: string) => text.length <= MAX_CHARACTERS && check(text),
  ]),
);

/** Without the zeros that lead a number of an IPv4 address. */
function withoutZeros(text: string): string {
  const numbers = text.split(".");
  return numbers.every((each) => /^\d+$/.test(each)) ? numbers.map(Number).join(".") : text;
}

function isAddress(text: string): boolean {
  if (text.includes("%")) return false;
  return isIPv6(text) || isIPv4(withoutZeros(text));
}

/** An address and a prefix length. Host bits may be set, as in Kubernetes; a CEL rule can forbid them. */
function isCidr(text: string): boolean {
  const slash = text.indexOf("/");
  if (slash < 0) return false;
  const address = text.slice(0, slash);
  const length = text.slice(slash + 1);
  if (!isAddress(address) || !/^\d{1,3}$/.test(length)) return false;
  return Number(length) <= (address.includes(":") ? 128 : 32);
}

function isDate(text: string): boolean {
  const parts = DATE.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day <= (days[month - 1] as number);
}

function isDateTime(text: string): boolean {
  const parts = DATE_TIME.exec(text);
  if (parts === null || !isDate(parts[1] as string)) return false;
  return Number(parts[2]) < 24 && Number(parts[3]) < 60 && Number(parts[4]) < 60;
}

function isDuration(text: string): boolean {
  return text === "0" || GO_DURATION.test(text) || WORD_DURATION.test(text);
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function isHostname(text: string): boolean {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  return (
    name.length > 0 && name.length <= 253 && name.split(".").every((label) => HOSTNAME_LABEL.test(label))
  );
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[ -]/g, "");
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += (10 - i) * (digits[i] === "X" ? 10 : Number(digits[i]));
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[ -]/g, "");
  if (!/^\d{13}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 13; i++) sum += Number(digits[i]) * (i % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}
