/**
 * What kind of values a column takes, from its type as the database names it.
 */
import type { DialectName } from "./connection-string.ts";

export type ColumnClass =
  | "text"
  | "integer"
  | "decimal"
  | "boolean"
  | "instant"
  | "date"
  /** PostgreSQL's `inet`, MariaDB's `inet4` and `inet6`. */
  | "inet"
  | "cidr"
  | "binary"
  | "other";

export function classOf(type: string): ColumnClass {
  const name = type.toLowerCase();
  if (/^(tinyint\(1\)|bool|bit)/.test(name)) return "boolean";
  if (/char|text|clob|^enum/.test(name)) return "text";
  if (/^cidr/.test(name)) return "cidr";
  if (/^inet/.test(name)) return "inet";
  if (/^(timestamp|datetime)/.test(name)) return "instant";
  if (/^date/.test(name)) return "date";
  if (/^(numeric|decimal|number)/.test(name)) return "decimal";
  if (/int|serial/.test(name)) return "integer";
  if (/binary|blob|bytea/.test(name)) return "binary";
  return "other";
}

/** The largest whole number that a column takes; undefined: it takes none. */
export function largestIn(type: string, dialect: DialectName): bigint | undefined {
  const found = classOf(type);
  if (found === "decimal") {
    const [, digits, scale = "0"] = /\((\d+)(?:,(\d+))?\)/.exec(type) ?? [];
    if (digits === undefined) return dialect === "postgres" ? 10n ** 40n : 10n ** 10n - 1n;
    return 10n ** BigInt(Number(digits) - Number(scale)) - 1n;
  }
  if (found !== "integer") return undefined;
  const name = type.toLowerCase();
  const bits =
    dialect === "sqlite" || /big|int8/.test(name)
      ? 64
      : /small|int2/.test(name)
        ? 16
        : /tiny/.test(name)
          ? 8
          : /medium/.test(name)
            ? 24
            : 32;
  return 2n ** BigInt(/unsigned/.test(name) ? bits : bits - 1) - 1n;
}

/**
 * An instant in the form that a column takes. The session's time zone is UTC, and so is what is written. Undefined: the
 * column takes no instant.
 */
export function instantFor(type: string, epochMs: number, dialect: DialectName): string | undefined {
  const text = new Date(epochMs).toISOString();
  switch (classOf(type)) {
    case "text":
      return text;
    case "date":
      return text.slice(0, 10);
    case "instant":
      // MySQL takes neither T nor Z; the others read them, and with them an instant needs no session to be right.
      return dialect === "mysql" ? text.slice(0, 23).replace("T", " ") : text;
    default:
      return undefined;
  }
}

export const INSTANT_LENGTH = 24;
