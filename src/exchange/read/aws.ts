/** What the AWS command line prints of VPCs, subnets and VPC IPAM: `describe-…`, `get-ipam-…`. */
import type { Reading, Row, Shape } from "../row.ts";
import { at, given, type JsonSource, listAt, textAt } from "./json-source.ts";

const LISTS = [
  "Vpcs",
  "Subnets",
  "IpamPoolCidrs",
  "IpamPoolAllocations",
  "IpamResourceCidrs",
  "IpamPools",
] as const;

export function isAws(value: unknown): boolean {
  return LISTS.some((key) => Array.isArray(at(value, key)));
}

export function readAws(source: JsonSource): Reading {
  const { value, file } = source;
  const rows = [
    ...listAt(value, "Vpcs").flatMap((vpc) => ofNetwork(vpc, "VpcId", "nesting", source)),
    ...listAt(value, "Subnets").flatMap((subnet) => ofNetwork(subnet, "SubnetId", "block", source)),
    ...listAt(value, "IpamPoolCidrs").flatMap((cidr) => ofPoolCidr(cidr, source)),
    ...listAt(value, "IpamPoolAllocations").map((allocation) => ofAllocation(allocation, source)),
    ...listAt(value, "IpamResourceCidrs").map((resource) => ofResource(resource, source)),
  ];
  const notes: string[] = [];
  if (listAt(value, "IpamPools").length > 0)
    notes.push(`${file} lists pools without their ranges: add what \`aws ec2 get-ipam-pool-cidrs\` prints.`);
  if (textAt(value, "NextToken") !== undefined)
    notes.push(`${file} is one page of several: fetch all of them, without --max-items.`);
  return { format: "JSON of AWS", rows, faults: [], notes };
}

/** A VPC or a subnet: with one range, with more of them, and of both families. */
function ofNetwork(network: unknown, idKey: string, shape: Shape, source: JsonSource): Row[] {
  const first = textAt(network, "CidrBlock");
  const more = listAt(network, "CidrBlockAssociationSet").map((each) => textAt(each, "CidrBlock"));
  const wide = listAt(network, "Ipv6CidrBlockAssociationSet").map((each) => textAt(each, "Ipv6CidrBlock"));
  const blocks = new Set([first, ...more, ...wide].filter((block) => block !== undefined));
  const tags = tagsOf(network, "Tags");
  const isNative = textAt(network, "Ipv6Native") === "true";
  const list = blocks.size === 0 && !isNative ? [""] : [...blocks];
  return list.map((block) => ({
    origin: source.originOf(network),
    block,
    shape,
    ...given({
      name: tags.get("Name") ?? textAt(network, idKey),
      owner: ownerIn(tags),
      role: textAt(network, "AvailabilityZone"),
      status: textAt(network, "State"),
      description: tags.get("Description") ?? textAt(network, idKey),
    }),
  }));
}

function ofPoolCidr(cidr: unknown, source: JsonSource): Row[] {
  const state = textAt(cidr, "State") ?? "provisioned";
  if (!state.startsWith("provisioned")) return [];
  const block = textAt(cidr, "Cidr") ?? "";
  return [{ origin: source.originOf(cidr), block, shape: "pool", status: state }];
}

function ofAllocation(allocation: unknown, source: JsonSource): Row {
  const type = textAt(allocation, "ResourceType") ?? "custom";
  const shapes: Readonly<Record<string, Shape>> = { "ipam-pool": "pool", vpc: "nesting" };
  return {
    origin: source.originOf(allocation),
    block: textAt(allocation, "Cidr") ?? "",
    shape: shapes[type] ?? "block",
    ...given({
      name: textAt(allocation, "ResourceId") ?? textAt(allocation, "IpamPoolAllocationId"),
      role: type,
      description: textAt(allocation, "Description"),
    }),
  };
}

function ofResource(resource: unknown, source: JsonSource): Row {
  const tags = tagsOf(resource, "ResourceTags");
  return {
    origin: source.originOf(resource),
    block: textAt(resource, "ResourceCidr") ?? "",
    shape: textAt(resource, "ResourceType") === "vpc" ? "nesting" : "block",
    ...given({
      name: textAt(resource, "ResourceName") ?? textAt(resource, "ResourceId"),
      owner: ownerIn(tags),
      role: textAt(resource, "ResourceType"),
      description: textAt(resource, "ResourceId"),
    }),
  };
}

function tagsOf(object: unknown, key: string): ReadonlyMap<string, string> {
  const pairs = listAt(object, key).map((tag) => [textAt(tag, "Key"), textAt(tag, "Value")] as const);
  return new Map(pairs.flatMap(([name, value]) => (name && value ? [[name, value] as const] : [])));
}

const CLUSTER_TAG = /^kubernetes\.io\/cluster\/(.+)$/;

/** The account has everything, so it answers for nothing. */
export function ownerIn(tags: ReadonlyMap<string, string>): string | undefined {
  const clusters = [...tags.keys()].flatMap((name) => CLUSTER_TAG.exec(name)?.[1] ?? []);
  // A subnet that several clusters share is none of theirs alone.
  if (clusters.length === 1) return clusters[0];
  const byName = new Map([...tags].map(([name, value]) => [name.toLowerCase(), value]));
  return byName.get("cluster") ?? byName.get("owner") ?? byName.get("team");
}
