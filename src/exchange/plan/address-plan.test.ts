import { expect, test } from "vitest";
import type { SubnetPool } from "../../api/index.ts";
import { parsePrefix } from "../../ipam/index.ts";
import { faultText, type Row } from "../row.ts";
import { type AddressPlan, type PlanOptions, planOf } from "./address-plan.ts";
import { objectsOf } from "./objects.ts";

const OPTIONS = { namespace: "default", isNamespaceGiven: false };

function rowsOf(...rows: readonly (Partial<Row> & { readonly block: string })[]): Row[] {
  return rows.map((row, at) => ({ origin: { file: "plan.csv", line: at + 1 }, ...row }));
}

function plan(rows: readonly Row[], options: Partial<PlanOptions> = {}): AddressPlan {
  const made = planOf(rows, { ...OPTIONS, ...options });
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

function prefix(text: string) {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const described = (of: AddressPlan) =>
  objectsOf(of).objects.map(({ object: { kind, metadata, spec } }) => {
    const where = "poolRef" in spec ? spec.poolRef : ((spec as SubnetPool["spec"]).parentRef?.name ?? "-");
    return `${kind} ${metadata.namespace}/${metadata.name} in ${where}`;
  });
const faults = (of: AddressPlan) => of.faults.map(faultText);

test("PX-13 what others lie in is a pool, what an owner is named for a claim for exactly its block, the rest Subnets", () => {
  const made = plan(
    rowsOf(
      { block: "10.0.0.0/8", name: "Corp" },
      { block: "10.1.0.0/16" },
      { block: "10.1.1.0/24", owner: "web" },
      { block: "10.1.2.0/24", name: "printers" },
      { block: "10.2.0.0/16", shape: "pool" },
      { block: "10.3.0.0-10.3.1.127", name: "dhcp" },
    ),
  );
  expect(faults(made)).toEqual([]);
  expect(described(made)).toEqual([
    "SubnetPool default/corp in -",
    "SubnetPool default/10.1.0.0-16 in corp",
    "SubnetPool default/10.2.0.0-16 in corp",
    "SubnetClaim default/web in 10.1.0.0-16",
    "Subnet default/printers in 10.1.0.0-16",
    "Subnet default/dhcp-10.3.0.0-24 in corp",
    "Subnet default/dhcp-10.3.1.0-25 in corp",
  ]);
  const claim = objectsOf(made).objects[3]?.object;
  expect(claim?.spec).toMatchObject({
    clusterID: "web",
    requestedCIDR: "10.1.1.0/24",
    purpose: "10.1.1.0-24",
  });
});

test("PX-13 a VRF is an address space of its own, and one of them can be chosen", () => {
  const rows = rowsOf(
    { block: "10.0.0.0/8", shape: "pool" },
    { block: "10.0.0.0/8", shape: "pool", vrf: "Customer A" },
    { block: "10.0.0.0/24", vrf: "Customer A" },
    { block: "10.0.0.0/8", shape: "pool", vrf: "default" },
  );
  const made = plan(rows);
  expect(faults(made)).toEqual([]);
  expect(described(made).slice(0, 2)).toEqual([
    "SubnetPool default/10.0.0.0-8 in -",
    "SubnetPool customer-a/10.0.0.0-8 in -",
  ]);
  // A VRF that is called as the namespace of the others is not mixed with them.
  expect(made.vrfs.get("default")).toMatch(/^default-[0-9a-f]{6}$/);
  expect(
    described(plan(rows, { vrf: "Customer A", namespace: "mine", isNamespaceGiven: true }))[0],
  ).toContain("mine/");
  expect(described(plan(rows, { vrf: "global" }))).toHaveLength(1);
  const none = planOf(rows, { ...OPTIONS, vrf: "Blue" });
  expect(!none.ok && none.error).toContain("no row is of VRF Blue: it has Customer A, default");
});

test("PX-13 duplicates, overlaps and orphans name both rows and a cure", () => {
  const made = plan(
    rowsOf(
      { block: "10.0.0.0/16", shape: "pool" },
      { block: "10.0.0.0/24", owner: "web" },
      { block: "10.0.0.0/24", owner: "web" },
      { block: "10.0.0.128/25", owner: "db" },
      { block: "10.0.1.0-10.0.2.127" },
      { block: "10.0.2.0/26" },
      { block: "192.168.7.0/24" },
      { block: "192.168.4.0/24" },
    ),
  );
  expect(faults(made)).toEqual([
    "plan.csv:3: 10.0.0.0/24 is at plan.csv:2 already: leave one of the two rows.",
    "plan.csv:4: 10.0.0.128/25 lies in 10.0.0.0/24 of plan.csv:2, which is web's: take one of the two rows out, or say that the outer one is a container.",
    "plan.csv:6: 10.0.2.0/26 lies in 10.0.2.0/25 of plan.csv:5, in which nothing else may lie: take one of the two rows out, or say that the outer one is a container.",
    "plan.csv:7: 192.168.7.0/24 lies in no other row and in no pool: add the row that it lies in, or --within 192.168.4.0/22.",
    "plan.csv:8: 192.168.4.0/24 lies in no other row and in no pool: add the row that it lies in, or --within 192.168.4.0/22.",
  ]);
});

test("PX-13 an aggregate and the container of the same range are one pool", () => {
  const made = plan(
    rowsOf(
      { block: "10.0.0.0/8", shape: "pool" },
      { block: "10.0.0.0/8", shape: "pool", isAggregate: true },
      { block: "10.0.0.0/24" },
    ),
  );
  expect(faults(made)).toEqual([]);
  expect(described(made)).toEqual([
    "SubnetPool default/10.0.0.0-8 in -",
    "Subnet default/10.0.0.0-24 in 10.0.0.0-8",
  ]);
});

test("PX-13 what lies in a row with a fault waits for it, and is not a fault itself", () => {
  const made = plan(rowsOf({ block: "10.0.0.1/16", shape: "pool" }, { block: "10.0.5.0/24" }));
  expect(faults(made)).toHaveLength(1);
  expect(made.waiting.map(({ block }) => block)).toEqual(["10.0.5.0/24"]);
  expect(described(made)).toEqual([]);
});

test("PX-13 blocks go into pools of the cluster, and into those of --within", () => {
  const existing = [{ namespace: "default", name: "corp", cidr: prefix("10.0.0.0/8") }];
  const rows = rowsOf({ block: "10.0.0.0/8" }, { block: "10.0.5.0/24" }, { block: "192.168.0.0/24" });
  const made = plan(rows, { existing, within: [prefix("192.168.0.0/16"), prefix("172.16.0.0/12")] });
  expect(faults(made)).toEqual([]);
  expect(described(made)).toEqual([
    "SubnetPool default/192.168.0.0-16 in -",
    "Subnet default/10.0.5.0-24 in corp",
    "Subnet default/192.168.0.0-24 in 192.168.0.0-16",
  ]);
});

test("PX-13 names that are none of Kubernetes are mapped, no two to one, and the words stay with the object", () => {
  const words = ["Zürich Core", "zurich core", "zurich-core", "プール", "Straße 1"];
  const blocks = words.map((owner, at) => ({ block: `10.0.${at}.0/24`, owner, name: `n ${at}` }));
  const { objects, renamed } = objectsOf(plan(rowsOf({ block: "10.0.0.0/16", shape: "pool" }, ...blocks)));
  const clusters = objects.flatMap(({ object: { spec } }) => ("clusterID" in spec ? [spec.clusterID] : []));
  expect(new Set(clusters).size).toBe(words.length);
  expect(clusters[2]).toBe("zurich-core");
  expect(clusters[0]).toMatch(/^zurich-core-[0-9a-f]{6}$/);
  expect(clusters[4]).toBe("strasse-1");
  for (const id of clusters) expect(id).toMatch(/^[a-z0-9.-]{1,63}$/);
  const kept = objects
    .slice(1)
    .map(({ object }) => object.metadata.annotations?.["plexaubnet.io/imported-owner"]);
  expect(kept).toEqual([words[0], words[1], undefined, words[3], words[4]]);
  expect(renamed).toContainEqual({ what: "cluster", words: "Straße 1", name: "strasse-1" });
});
