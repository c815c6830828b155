/** What `kubectl get nodes,services,ciliumpodippools,ippools -o json` prints of a living cluster. */
import { rangeText } from "../block.ts";
import type { Reading, Row, Shape } from "../row.ts";
import { at, given, type JsonSource, listAt, textAt } from "./json-source.ts";

function itemsOf(value: unknown): readonly unknown[] {
  const items = listAt(value, "items");
  return items.length > 0 || textAt(value, "kind") === undefined ? items : [value];
}

export function isKubernetes(value: unknown): boolean {
  return textAt(value, "apiVersion") !== undefined && textAt(value, "kind") !== undefined;
}

interface FoundBlock {
  readonly block: string;
  readonly shape: Shape;
}

const pools = (blocks: readonly (string | undefined)[]): FoundBlock[] => found(blocks, "pool");
const leaves = (blocks: readonly (string | undefined)[]): FoundBlock[] => found(blocks, "block");

function found(blocks: readonly (string | undefined)[], shape: Shape): FoundBlock[] {
  return [...new Set(blocks)].flatMap((block) => (block === undefined ? [] : [{ block, shape }]));
}

function textsAt(part: unknown, ...path: readonly string[]): string[] {
  return listAt(part, ...path).filter((each) => typeof each === "string");
}

/** A single address as a block of its own. */
function hosts(addresses: readonly (string | undefined)[]): FoundBlock[] {
  const blocks = addresses.map((address) =>
    address === undefined || address === "" || address === "None"
      ? undefined
      : `${address}/${address.includes(":") ? 128 : 32}`,
  );
  return leaves(blocks);
}

/** By kind: which blocks an object has, and whether others lie in them. */
const READERS: Readonly<Record<string, (object: unknown) => FoundBlock[]>> = {
  Node: (node) => leaves([...textsAt(node, "spec", "podCIDRs"), textAt(node, "spec", "podCIDR")]),
  CiliumNode: (node) => leaves(textsAt(node, "spec", "ipam", "podCIDRs")),
  Service: (service) => {
    const ingress = listAt(service, "status", "loadBalancer", "ingress").map((each) => textAt(each, "ip"));
    return hosts([...ingress, ...textsAt(service, "spec", "externalIPs")]);
  },
  ServiceCIDR: (range) => leaves(textsAt(range, "spec", "cidrs")),
  CiliumPodIPPool: (pool) =>
    pools(["ipv4", "ipv6"].flatMap((family) => cidrsIn(at(pool, "spec", family, "cidrs")))),
  CiliumLoadBalancerIPPool: (pool) => pools(listAt(pool, "spec", "blocks").map(blockOrRange)),
  IPPool: (pool) => pools([textAt(pool, "spec", "cidr") ?? textAt(pool, "spec", "range")]),
  IPAddressPool: (pool) => pools(textsAt(pool, "spec", "addresses")),
  BlockAffinity: (affinity) => leaves([textAt(affinity, "spec", "cidr")]),
};

/** A list of texts, or of objects with the text in them. */
function cidrsIn(value: unknown): (string | undefined)[] {
  return listAt(value).map((each) => (typeof each === "string" ? each : textAt(each, "cidr")));
}

function blockOrRange(block: unknown): string | undefined {
  const [start, stop] = [textAt(block, "start"), textAt(block, "stop")];
  if (start === undefined) return textAt(block, "cidr");
  return stop === undefined ? hosts([start])[0]?.block : rangeText(start, stop);
}

export function readKubernetes(source: JsonSource): Reading {
  const items = itemsOf(source.value);
  const rows = items.flatMap((item) => rowsOf(item, source));
  const kinds = [...new Set(items.map((item) => textAt(item, "kind") ?? ""))];
  const notes = kinds
    .filter((kind) => !Object.hasOwn(READERS, kind))
    .map((kind) => `${source.file} has objects of kind ${kind || "nothing"}, of which no block is read.`);
  const hasServices = kinds.includes("Service") && !kinds.includes("ServiceCIDR");
  if (hasServices)
    notes.push(
      "The range of cluster addresses is in no Service: add servicecidrs to what kubectl gets, if it is to come in.",
    );
  return { format: "objects of Kubernetes", rows, faults: [], notes };
}

function rowsOf(item: unknown, source: JsonSource): Row[] {
  const kind = textAt(item, "kind") ?? "";
  const blocks = Object.hasOwn(READERS, kind) ? (READERS[kind]?.(item) ?? []) : [];
  const [namespace, name] = [textAt(item, "metadata", "namespace"), textAt(item, "metadata", "name")];
  return blocks.map(({ block, shape }) => ({
    origin: source.originOf(item),
    block,
    shape,
    role: kind,
    ...given({ name: kind === "Service" ? [namespace, name].filter(Boolean).join(".") : name }),
  }));
}
