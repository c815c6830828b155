/** Terraform and OpenTofu: a state file, or what `show -json` prints of a state or a plan. */
import type { Reading, Row, Shape } from "../row.ts";
import { ownerIn } from "./aws.ts";
import { at, given, type JsonSource, listAt, textAt } from "./json-source.ts";

interface BlockField {
  /** The attribute, and where it is a list of objects the one in them. */
  readonly path: readonly [string, string?];
  readonly shape: Shape;
}

const nesting = (...path: [string, string?]): BlockField => ({ path, shape: "nesting" });
const block = (...path: [string, string?]): BlockField => ({ path, shape: "block" });

/** Of each type of resource the attributes that hold blocks. */
const TYPES: Readonly<Record<string, readonly BlockField[]>> = {
  aws_vpc: [nesting("cidr_block"), nesting("ipv6_cidr_block")],
  aws_vpc_ipv4_cidr_block_association: [nesting("cidr_block")],
  aws_subnet: [block("cidr_block"), block("ipv6_cidr_block")],
  aws_vpc_ipam_pool_cidr: [{ path: ["cidr"], shape: "pool" }],
  aws_vpc_ipam_pool_cidr_allocation: [block("cidr")],
  azurerm_virtual_network: [nesting("address_space")],
  azurerm_subnet: [block("address_prefixes")],
  google_compute_subnetwork: [block("ip_cidr_range"), block("secondary_ip_range", "ip_cidr_range")],
  openstack_networking_subnet_v2: [block("cidr")],
  hcloud_network: [nesting("ip_range")],
  hcloud_network_subnet: [block("ip_range")],
  digitalocean_vpc: [block("ip_range")],
  oci_core_vcn: [nesting("cidr_blocks")],
  oci_core_subnet: [block("cidr_block")],
  netbox_prefix: [nesting("prefix")],
  netbox_aggregate: [{ path: ["prefix"], shape: "pool" }],
};

export function isTerraform(value: unknown): boolean {
  const isState = Array.isArray(at(value, "resources")) && at(value, "terraform_version") !== undefined;
  return isState || (at(value, "format_version") !== undefined && rootOf(value) !== undefined);
}

/** What will be, of a plan; what is, of a state. */
function rootOf(value: unknown): unknown {
  return at(value, "planned_values", "root_module") ?? at(value, "values", "root_module");
}

interface Resource {
  readonly address: string;
  readonly type: string;
  readonly values: unknown;
  /** What the source has an origin for. */
  readonly part: unknown;
}

export function readTerraform(source: JsonSource): Reading {
  const root = rootOf(source.value);
  const resources = root === undefined ? inState(source.value) : inModule(root, 0);
  const known = resources.filter(({ type }) => Object.hasOwn(TYPES, type));
  const unsettled: string[] = [];
  const rows = known.flatMap((resource) => {
    const found = rowsOf(resource, source);
    if (found.length === 0) unsettled.push(resource.address);
    return found;
  });
  const notes = unsettled.map(
    (address) => `${address} of ${source.file} has no block yet: it is known after the plan was applied.`,
  );
  return { format: "Terraform's JSON", rows, faults: [], notes };
}

function inState(value: unknown): Resource[] {
  return listAt(value, "resources").flatMap((resource) => {
    if (textAt(resource, "mode") === "data") return [];
    const type = textAt(resource, "type") ?? "";
    const name = [textAt(resource, "module"), type, textAt(resource, "name")].filter(Boolean).join(".");
    return listAt(resource, "instances").map((instance): Resource => {
      const key = at(instance, "index_key");
      const address = key === undefined ? name : `${name}[${JSON.stringify(key)}]`;
      return { address, type, values: at(instance, "attributes"), part: instance };
    });
  });
}

const DEEPEST_MODULE = 50;

function inModule(module: unknown, depth: number): Resource[] {
  if (depth > DEEPEST_MODULE) return [];
  const own = listAt(module, "resources")
    .filter((resource) => textAt(resource, "mode") !== "data")
    .map((resource): Resource => {
      const [type = "", address = ""] = [textAt(resource, "type"), textAt(resource, "address")];
      return { address, type, values: at(resource, "values"), part: resource };
    });
  return [...own, ...listAt(module, "child_modules").flatMap((child) => inModule(child, depth + 1))];
}

function rowsOf({ address, type, values, part }: Resource, source: JsonSource): Row[] {
  const tags = new Map(
    Object.entries((at(values, "tags") ?? {}) as object).filter(
      (pair): pair is [string, string] => typeof pair[1] === "string",
    ),
  );
  return (TYPES[type] ?? []).flatMap(({ path: [field, inner], shape }) => {
    const value = at(values, field);
    const items = Array.isArray(value) ? value : [value];
    const blocks = items.map((item) => (inner === undefined ? item : at(item, inner)));
    return blocks.flatMap((found): Row[] =>
      typeof found !== "string" || found === ""
        ? []
        : [
            {
              origin: source.originOf(part),
              block: found,
              shape,
              ...given({
                name: tags.get("Name") ?? textAt(values, "name") ?? address,
                owner: ownerIn(tags),
                role: type,
                description: textAt(values, "description") ?? address,
              }),
            },
          ],
    );
  });
}
