/**
 * The virtual addresses of Services: which families they are of, and which they get. This server acts as a cluster of
 * two families, IPv4 first. Nothing answers at them: there is no network.
 */
import { isIP } from "node:net";
import type { Cause } from "../../status-error.ts";
import { duplicate, invalid, notSupported, required } from "../schema/causes.ts";
import { isHeadless, type ServiceSpec } from "./service-spec.ts";

const FAMILIES = ["IPv4", "IPv6"] as const;
type Family = (typeof FAMILIES)[number];
const POLICIES = ["PreferDualStack", "RequireDualStack", "SingleStack"];

const familyOf = (address: string): Family => (address.includes(":") ? "IPv6" : "IPv4");

/**
 * With the families that follow from the rest.
 *
 * Source: https://kubernetes.io/docs/concepts/services-networking/dual-stack/
 */
export function withFamilies(spec: ServiceSpec): ServiceSpec {
  const { selector = {}, clusterIPs = [], ipFamilies = [] } = spec;
  // Another controller fills in the endpoints of a headless service without a selector, of whatever family.
  const any = isHeadless(spec) && Object.keys(selector).length === 0;
  const two = any || clusterIPs.length > 1 || ipFamilies.length > 1;
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? (two ? "RequireDualStack" : "SingleStack");
  const told = clusterIPs.filter((address) => isIP(address) > 0).map(familyOf);
  const given = ipFamilies.length > 0 ? ipFamilies : [...new Set(told)];
  const first = given.length > 0 ? given : [FAMILIES[0]];
  const others = FAMILIES.filter((family) => !first.includes(family));
  const isDual = ipFamilyPolicy === "PreferDualStack" || ipFamilyPolicy === "RequireDualStack";
  return { ...spec, ipFamilyPolicy, ipFamilies: isDual ? [...first, ...others].slice(0, 2) : first };
}

/** 10.96.0.0/16, and fd00:10:96::/112. */
const IPV4_RANGE = /^10\.96\.\d+\.\d+$/;
const IPV6_RANGE = /^fd00:10:96::[0-9a-f]{1,4}$/i;
const ADDRESS_COUNT = 2 ** 16;

function addressAt(family: string, offset: number): string {
  if (family === "IPv6") return `fd00:10:96::${offset.toString(16)}`;
  return `10.96.${offset >>> 8}.${offset & 0xff}`;
}

/** Goes round, so that two services that are made at once get two addresses. */
let lastOffset = 0;

/** With an address of each of its families that has none. */
export function withAddresses(spec: ServiceSpec, taken: () => ReadonlySet<string>): ServiceSpec {
  const { ipFamilies = [], clusterIPs = [] } = spec;
  if (isHeadless(spec) || clusterIPs.length >= ipFamilies.length || !areFamilies(ipFamilies)) return spec;
  const used = taken();
  const added = ipFamilies.slice(clusterIPs.length).map((family) => {
    for (let tries = 0; tries < ADDRESS_COUNT; tries++) {
      lastOffset = (lastOffset % (ADDRESS_COUNT - 2)) + 1;
      const address = addressAt(family, lastOffset);
      if (!used.has(address)) return address;
    }
    return "";
  });
  const all = [...clusterIPs, ...added.filter((address) => address !== "")];
  return all[0] === undefined ? spec : { ...spec, clusterIP: all[0], clusterIPs: all };
}

function areFamilies(families: readonly string[]): boolean {
  return (
    new Set(families).size === families.length && families.every((each) => each === "IPv4" || each === "IPv6")
  );
}

export function clusterAddressFaults(spec: ServiceSpec, old: ServiceSpec | undefined): Cause[] {
  if (spec.type === "ExternalName") return [];
  const { clusterIP = "", clusterIPs = [] } = spec;
  const field = "spec.clusterIPs";
  const faults = familyFaults(spec, old);
  if (clusterIP === "" && clusterIPs.length > 0) {
    faults.push(invalid(field, clusterIPs, "must be empty when `clusterIP` is not specified"));
  } else if (clusterIP !== "" && clusterIPs.length === 0) faults.push(required(field));
  else if (clusterIPs[0] !== undefined && clusterIPs[0] !== clusterIP) {
    faults.push(invalid(field, clusterIPs, "first value must match `clusterIP`"));
  }
  const wrong = clusterIPs.flatMap((address, i) => addressFaults(clusterIPs, address, i));
  if (clusterIPs.length > 2) wrong.push(invalid(field, clusterIPs, "may only hold up to 2 values"));
  if (wrong.length > 0) return [...faults, ...wrong];
  const [one, other] = clusterIPs;
  if (one !== undefined && other !== undefined && familyOf(one) === familyOf(other)) {
    faults.push(invalid(field, clusterIPs, "may specify no more than one IP for each IP family"));
  }
  clusterIPs.forEach((address, i) => {
    const family = spec.ipFamilies?.[i];
    if (isHeadless(spec) || family === undefined || family === familyOf(address)) return;
    if (!FAMILIES.some((each) => each === family)) return;
    const why = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    faults.push(invalid(`${field}[${i}]`, address, why));
  });
  if (
    old?.clusterIPs?.[0] !== undefined &&
    old.type !== "ExternalName" &&
    old.clusterIPs[0] !== clusterIPs[0]
  ) {
    faults.push(invalid(`${field}[0]`, clusterIPs, "may not change once set"));
  }
  return faults;
}

function addressFaults(all: readonly string[], address: string, i: number): Cause[] {
  const field = `spec.clusterIPs[${i}]`;
  if (address === "None" && i === 0) {
    const why = "'None' must be the first and only value";
    return all.length === 1 ? [] : [invalid("spec.clusterIPs", all, why)];
  }
  if (isIP(address) === 0)
    return [invalid(field, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
  if (IPV4_RANGE.test(address) || IPV6_RANGE.test(address)) return [];
  const range = familyOf(address) === "IPv4" ? "10.96.0.0/16" : "fd00:10:96::/112";
  const why = `failed to allocate IP ${address}: the provided IP is not in the valid range. The range of valid IPs is ${range}`;
  return [invalid(field, address, why)];
}

function familyFaults(spec: ServiceSpec, old: ServiceSpec | undefined): Cause[] {
  const faults: Cause[] = [];
  const { ipFamilies = [], ipFamilyPolicy: policy, clusterIPs = [] } = spec;
  ipFamilies.forEach((family, i) => {
    const field = `spec.ipFamilies[${i}]`;
    if (!FAMILIES.some((each) => each === family)) faults.push(notSupported(field, family, FAMILIES));
    if (ipFamilies.indexOf(family) < i) faults.push(duplicate(field, family));
  });
  if (policy !== undefined && !POLICIES.includes(policy)) {
    faults.push(notSupported("spec.ipFamilyPolicy", policy, POLICIES));
  }
  if (policy === "SingleStack") {
    const why = (what: string) =>
      `must be RequireDualStack or PreferDualStack when multiple ${what} are specified`;
    if (ipFamilies.length > 1) faults.push(invalid("spec.ipFamilyPolicy", policy, why("'ipFamilies'")));
    else if (clusterIPs.length > 1) faults.push(invalid("spec.ipFamilyPolicy", policy, why("'clusterIPs'")));
  }
  const before = old?.type === "ExternalName" ? undefined : old?.ipFamilies?.[0];
  if (before !== undefined && ipFamilies[0] !== before) {
    faults.push(invalid("spec.ipFamilies[0]", ipFamilies, "may not change once set"));
  }
  return faults;
}
