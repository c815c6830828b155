/**
 * The values that flags of `plexaubnet run` take, read from text. What cannot be read is refused in words that say what
 * would be taken; the name of the flag and of its environment variable is put in front by the command line.
 */
import { InvalidArgumentError } from "commander";

/** `true` or `false`, in the spellings that Go's flags take too. */
export function parseSwitch(text: string): boolean {
  if (/^(true|t|1)$/i.test(text)) return true;
  if (/^(false|f|0)$/i.test(text)) return false;
  throw new InvalidArgumentError("it must be true or false");
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as Go writes it, `15s`, `500ms` or `1m30s`, in milliseconds. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== text) {
    throw new InvalidArgumentError("a duration is a number with a unit: 500ms, 15s, 1m30s");
  }
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0);
}

export interface BindAddress {
  readonly host: string;
  readonly port: number;
}

const HIGHEST_PORT = 65535;

/**
 * `host:port`, `[::1]:port`, `:port` for all interfaces, or `0` for none at all: false, since commander takes
 * undefined for a value that is still missing.
 */
export function parseBindAddress(text: string): BindAddress | false {
  if (text === "0") return false;
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > HIGHEST_PORT) {
    throw new InvalidArgumentError("an address is host:port, :port for all interfaces, or 0 for none");
  }
  // An empty host is every interface, of the address families that this machine has.
  return { host: found[1] ?? found[2] ?? "", port };
}

/** RFC 1123 label, the form of every namespace's name. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function parseNamespace(text: string): string {
  if (NAMESPACE.test(text)) return text;
  throw new InvalidArgumentError(
    `"${text}" is not a valid namespace name: use lower-case letters, digits and dashes, at most 63`,
  );
}

/** Names with commas between them. Empty text is an empty list, and means all namespaces. */
export function parseNamespaces(text: string): readonly string[] {
  if (text.trim() === "") return [];
  return [...new Set(text.split(",").map((name) => parseNamespace(name.trim())))];
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Host names without ports, in lower case, with commas between them. */
export function parseHosts(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  const wrong = names.find((name) => !HOST_NAME.test(name));
  if (wrong === undefined) return [...new Set(names)];
  throw new InvalidArgumentError(
    `"${wrong}" is not a host name: use names without ports, such as console.example.com`,
  );
}

export function parseCount(text: string): number {
  if (/^\d+$/.test(text) && Number(text) >= 1) return Number(text);
  throw new InvalidArgumentError("it must be a whole number of at least 1");
}

/** @param least the lowest value that is taken; `above` excludes it. */
export function numberFrom(least: number, above = false): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const isLarge = above ? value > least : value >= least;
    if (/^\d+(\.\d+)?$/.test(text) && isLarge) return value;
    throw new InvalidArgumentError(`it must be a number ${above ? "above" : "of at least"} ${least}`);
  };
}
