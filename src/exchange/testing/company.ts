/** A company in NetBox, made of a seed: regions, sites, VRFs whose ranges overlap, roles and tenants. For tests. */
import { randomBelow, seededRandom } from "../../kernel/index.ts";

export interface CompanyPrefix {
  readonly prefix: string;
  readonly status: "container" | "active" | "reserved" | "deprecated";
  readonly vrf: string;
  readonly tenant: string;
  readonly site: string;
  readonly role: string;
  readonly description: string;
}

const ROLES = ["Servers", "Workstations", "VoIP", "DMZ", "Kubernetes pods", "Point-to-point", "Management"];
const TENANTS = [
  "",
  "",
  "Acme GmbH",
  "Müller & Söhne KG",
  "Retail, North",
  'The "Old" Bank',
  "платформа",
  "web-1",
];
const CITIES = ["Frankfurt", "Zürich", "São Paulo", "Łódź", "Singapore", "Osaka"];
const VRFS = ["", "Customer Blue", "Customer Red", "OOB"];

/** About `sites` × 34 prefixes, of each VRF and of none; the first rows of each are its containers. */
export function companyOf(seed: number, sites: number): CompanyPrefix[] {
  const random = seededRandom(seed);
  const one = <T>(from: readonly T[]): T => from[randomBelow(random, from.length)] as T;
  const prefixes: CompanyPrefix[] = [];
  for (const vrf of VRFS) {
    const add = (prefix: string, status: CompanyPrefix["status"], more: Partial<CompanyPrefix> = {}) =>
      prefixes.push({ prefix, status, vrf, tenant: "", site: "", role: "", description: "", ...more });
    add("10.0.0.0/8", "container", { description: "RFC 1918" });
    add("2001:db8::/32", "container");
    for (let at = 0; at < sites; at++) {
      const site = `${one(CITIES)} ${at + 1}`;
      add(`10.${at}.0.0/16`, "container", { site, description: `all of ${site}` });
      add(`2001:db8:${(at + 1).toString(16)}::/48`, "container", { site });
      const count = 8 + randomBelow(random, 48);
      for (let third = 0; third < count; third++) {
        const more = { site, tenant: one(TENANTS), role: one(ROLES) };
        const status = one(["active", "active", "active", "reserved", "deprecated"] as const);
        if (third % 8 === 7) addLinks(add, at, third, more);
        else
          add(`10.${at}.${third}.0/24`, status, {
            ...more,
            description: `VLAN ${100 + third}; "hall" ${third % 3}`,
          });
      }
      for (let net = 0; net < 4; net++)
        add(`2001:db8:${(at + 1).toString(16)}:${net}::/64`, "active", {
          site,
          tenant: one(TENANTS),
          role: one(ROLES),
        });
    }
  }
  return prefixes;
}

/** An active /24 without a tenant, cut into links of two addresses. */
function addLinks(
  add: (prefix: string, status: CompanyPrefix["status"], more: Partial<CompanyPrefix>) => void,
  second: number,
  third: number,
  more: Partial<CompanyPrefix>,
): void {
  add(`10.${second}.${third}.0/24`, "active", { ...more, tenant: "", role: "Point-to-point" });
  for (let link = 0; link < 6; link++)
    add(`10.${second}.${third}.${link * 2}/31`, "active", {
      ...more,
      tenant: "",
      description: `link ${link}`,
    });
}

const COLUMNS = [
  "id",
  "prefix",
  "status",
  "vrf",
  "tenant",
  "scope",
  "vlan",
  "role",
  "is_pool",
  "description",
  "tags",
];

/** As NetBox's table of all prefixes is exported, in whichever order. */
export function netboxCsv(prefixes: readonly CompanyPrefix[]): string {
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = prefixes.map(({ prefix, status, vrf, tenant, site, role, description }, at) => [
    String(at + 1),
    prefix,
    status,
    vrf,
    tenant,
    site,
    "",
    role,
    "False",
    description,
    "",
  ]);
  return `${[COLUMNS, ...rows].map((cells) => cells.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** As NetBox's API answers for one. */
export function netboxObject(
  { prefix, status, vrf, tenant, role, description }: CompanyPrefix,
  at: number,
): object {
  const named = (name: string) =>
    name === "" ? null : { id: 1, url: "https://netbox.example.com/", name, slug: "x" };
  return {
    id: at + 1,
    prefix,
    status: { value: status, label: status },
    vrf: named(vrf),
    tenant: named(tenant),
    role: named(role),
    description,
  };
}
