/** Names and numbers of the network as Kubernetes checks them (`apimachinery/pkg/util/validation`). */
import { isIP } from "node:net";
import type { Cause } from "../../status-error.ts";
import { labelValueFaults, nameFaults, qualifiedNameFaults } from "../object-name.ts";
import { invalid } from "../schema/causes.ts";

/** Of a selector that is made of labels. */
export function labelFaults(labels: Readonly<Record<string, string>>, field: string): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameFaults(key).map((why) => invalid(field, key, why)),
    ...labelValueFaults(value).map((why) => invalid(field, value, why)),
  ]);
}

const HIGHEST_PORT = 65_535;

export function portFault(port: number): string | undefined {
  const isPort = Number.isInteger(port) && port >= 1 && port <= HIGHEST_PORT;
  return isPort ? undefined : `must be between 1 and ${HIGHEST_PORT}, inclusive`;
}

const LONGEST_PORT_NAME = 15;

/** The name of a port of a container (RFC 6335). */
export function portNameFaults(name: string): string[] {
  const faults: string[] = [];
  if (name.length > LONGEST_PORT_NAME) faults.push(`must be no more than ${LONGEST_PORT_NAME} characters`);
  if (!/^[-a-z0-9]+$/.test(name))
    faults.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(name)) faults.push("must contain at least one letter (a-z)");
  if (name.includes("--")) faults.push("must not contain consecutive hyphens");
  if (/^-|-$/.test(name)) faults.push("must not begin or end with a hyphen");
  return faults;
}

export function dnsLabelFaults(name: string): readonly string[] {
  return nameFaults(name, "label");
}

export function cidrFaults(text: string): string[] {
  const [, address = "", length = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(address);
  const isCidr = family !== 0 && Number(length) <= (family === 4 ? 32 : 128) && !/^0\d/.test(length);
  return isCidr ? [] : ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
}
