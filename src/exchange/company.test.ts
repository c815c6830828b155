/** An export of NetBox as a company has it comes in, whole. */
import { expect, test } from "vitest";
import { contains, type Prefix, parsePrefix } from "../ipam/index.ts";
import { randomBelow, seededRandom } from "../kernel/index.ts";
import { planOf } from "./plan/address-plan.ts";
import { objectsOf } from "./plan/objects.ts";
import { readSource } from "./read/read-source.ts";
import { type CompanyPrefix, companyOf, netboxCsv, netboxObject } from "./testing/company.ts";

const company = companyOf(11, 30);

function shuffled<T>(items: readonly T[]): T[] {
  const random = seededRandom(3);
  return items
    .map((item) => ({ item, key: randomBelow(random, 1e9) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function prefixOf(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function planned(text: string, file: string) {
  const read = readSource(new TextEncoder().encode(text), file);
  if (!read.ok) throw new Error(read.error.problem);
  const plan = planOf(read.value.rows, { namespace: "default", isNamespaceGiven: false });
  if (!plan.ok) throw new Error(plan.error);
  return { reading: read.value, plan: plan.value };
}

/** Those in which something else of them lies: found by reading all of them, and not by a walk in order. */
function around(all: readonly CompanyPrefix[]): ReadonlySet<CompanyPrefix> {
  const read = all.map((each) => ({ each, prefix: prefixOf(each.prefix) }));
  const holds = ({ each, prefix }: (typeof read)[number]) =>
    read.some((other) => other.each !== each && contains(prefix, other.prefix));
  return new Set(read.filter(holds).map(({ each }) => each));
}

test("PX-13 several thousand prefixes of NetBox with VRFs, roles and tenants come in, each in the pool it lies in", () => {
  expect(company.length).toBeGreaterThan(4000);
  const { reading, plan } = planned(netboxCsv(shuffled(company)), "netbox.csv");
  expect([...reading.faults, ...plan.faults]).toEqual([]);
  expect([...plan.vrfs.keys()].sort()).toEqual(["Customer Blue", "Customer Red", "OOB"]);
  expect(plan.pools.length + plan.blocks.length).toBe(company.length);
  const few = company.filter(({ vrf }) => vrf === "OOB");
  const outer = around(few);
  const pools = new Set(
    few.filter((each) => each.status === "container" || outer.has(each)).map(({ prefix }) => prefix),
  );
  const own = plan.pools.filter(({ row }) => row?.vrf === "OOB").map(({ row }) => row?.block ?? "");
  expect(new Set(own)).toEqual(pools);
  for (const { prefix, pool } of plan.blocks) expect(contains(pool.prefix, prefix)).toBe(true);
  const { objects } = objectsOf(plan);
  const claims = objects.filter(({ object }) => object.kind === "SubnetClaim").length;
  expect(claims).toBe(company.filter((each) => each.tenant !== "").length);
  const names = objects.map(
    ({ object: { kind, metadata } }) => `${kind} ${metadata.namespace}/${metadata.name}`,
  );
  expect(new Set(names).size).toBe(company.length);
});

test("PX-13 the same company by NetBox's API and by its CSV is the same plan", () => {
  const json = JSON.stringify({ count: company.length, next: null, results: company.map(netboxObject) });
  const specs = (text: string, file: string) =>
    objectsOf(planned(text, file).plan).objects.map(({ object: { kind, metadata, spec } }) => [
      kind,
      metadata.name,
      spec,
    ]);
  expect(specs(json, "netbox.json")).toEqual(specs(netboxCsv(company), "netbox.csv"));
});
