import { expect, test } from "vitest";
import { objectsOf, type PlannedKind, planOf, readSource } from "../../exchange/index.ts";
import { type Random, randomBelow, seededRandom } from "../../kernel/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { claim, pool, poolClaim, subnet } from "../../operator/testing/objects.ts";
import { backupOf } from "../backup/backup-of.ts";
import { checkedObjects } from "../import/planned-backup.ts";
import { fleetList } from "./fleet-list.ts";

const NOTHING: FleetObjects = { pools: [], poolClaims: [], claims: [], subnets: [] };

/** Whatever a cell may hold that a reader could trip over. */
const REMARKS = [
  'the "old" core, do not touch',
  "=cmd|' /C calc'!A0",
  "'quoted",
  "-",
  "null",
  " blanks at both ends ",
  "two\nlines",
  "two\r\nlines",
  "a;b|c\td",
  "プレクソーブネット",
  "plexaubnet: {}",
  "",
];

function annotated(object: PlannedKind, random: Random): PlannedKind {
  const remark = REMARKS[randomBelow(random, REMARKS.length * 2)];
  if (remark === undefined) return object;
  const annotations = { "plexaubnet.io/description": remark, "example.com/rack": '{"a":"b,c"}' };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Pools in pools, claims of all phases, Subnets by hand, in two namespaces with the same ranges. */
function fleetOf(seed: number): FleetObjects {
  const random = seededRandom(seed);
  const objects: PlannedKind[] = [];
  for (const namespace of ["none", "team-b"].slice(0, 1 + randomBelow(random, 2))) {
    const add = (object: PlannedKind) =>
      objects.push(annotated({ ...object, metadata: { ...object.metadata, namespace } }, random));
    const settings = randomBelow(random, 2) === 0 ? { paused: true, strategy: "Buddy" as const } : {};
    const reserved = [{ cidr: "10.255.0.0/16", reason: "routers, and such" }];
    add(pool("corp", "10.0.0.0/8", { spec: { reserved, ...settings } }));
    for (let second = 0; second < 1 + randomBelow(random, 4); second++) {
      add(pool(`region-${second}`, `10.${second}.0.0/16`, { spec: { parentRef: { name: "corp" } } }));
      for (let third = 0; third < randomBelow(random, 9); third++)
        add(blockOf(`b-${second}-${third}`, `region-${second}`, `10.${second}.${third * 3}.0/24`, random));
    }
    if (randomBelow(random, 2) === 0) add(poolClaim("team", "corp", 12));
  }
  return fleetOfAll(objects);
}

function fleetOfAll(objects: readonly PlannedKind[]): FleetObjects {
  const of = (kind: string) => objects.filter((object) => object.kind === kind) as never;
  return {
    pools: of("SubnetPool"),
    poolClaims: of("SubnetPoolClaim"),
    claims: of("SubnetClaim"),
    subnets: of("Subnet"),
  };
}

function blockOf(name: string, poolRef: string, cidr: string, random: Random): PlannedKind {
  if (randomBelow(random, 3) === 0) return subnet(name, poolRef, cidr);
  const isBound = randomBelow(random, 4) > 0;
  return claim(name, poolRef, {
    spec: randomBelow(random, 2) === 0 ? { blockSize: 24 } : { purpose: "null" },
    ...(isBound ? { status: { phase: "Bound", allocatedCIDR: cidr } } : {}),
  });
}

function comesBack(format: "csv" | "json" | "netbox", text: string): FleetObjects {
  const read = readSource(new TextEncoder().encode(text), `fleet.${format}`);
  if (!read.ok) throw new Error(read.error.problem);
  expect(read.value.faults).toEqual([]);
  const plan = planOf(read.value.rows, { namespace: "default", isNamespaceGiven: false });
  if (!plan.ok) throw new Error(plan.error);
  expect(plan.value.faults).toEqual([]);
  const checked = checkedObjects(objectsOf(plan.value).objects, plan.value.vrfs, NOTHING, "fleet");
  expect(checked.faults).toEqual([]);
  return checked.backup.fleet;
}

const manifestsOf = (fleet: FleetObjects) => backupOf(fleet).entries.map(({ manifest }) => manifest);

test.each([
  "csv",
  "json",
] as const)("PX-14 what is exported as %s is imported as it was, whatever its cells hold", (format) => {
  for (let seed = 1; seed <= 60; seed++) {
    const fleet = fleetOf(seed);
    const backup = backupOf(fleet);
    const { text } = fleetList(format, backup, fleet);
    const back = comesBack(format, text);
    expect(manifestsOf(back), `seed ${seed}`).toEqual(backup.entries.map(({ manifest }) => manifest));
  }
});

test("PX-14 what NetBox has a word for comes back from its CSV as it was, and the rest is reported", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const fleet = fleetOf(seed);
    const backup = backupOf(fleet);
    const { text, notes } = fleetList("netbox", backup, fleet);
    const isKnown = ({ manifest, block }: (typeof backup.entries)[number]) =>
      manifest.kind === "SubnetPool" || (manifest.kind !== "SubnetPoolClaim" && block !== undefined);
    const known = backup.entries.filter(isKnown).map(({ manifest }) => manifest);
    expect(manifestsOf(comesBack("netbox", text)), `seed ${seed}`).toEqual(known);
    expect(notes).toHaveLength(known.length === backup.entries.length ? 0 : 1);
  }
});

test("PX-14 the order of a list is that of the addresses, whatever order the objects come in", () => {
  const fleet = fleetOf(7);
  const turned = Object.fromEntries(
    Object.entries(fleet).map(([kind, list]) => [kind, list.toReversed()]),
  ) as unknown as FleetObjects;
  for (const format of ["csv", "json", "netbox", "markdown"] as const)
    expect(fleetList(format, backupOf(turned), turned).text).toBe(
      fleetList(format, backupOf(fleet), fleet).text,
    );
});

test("PX-14 a list has the free space of each pool, and a claim changes only its own lines", () => {
  const fleet: FleetObjects = {
    ...NOTHING,
    pools: [pool("p", "10.0.0.0/22", { spec: { reserved: [{ cidr: "10.0.3.0/24" }] } })],
    claims: [claim("a", "p", { status: { phase: "Bound", allocatedCIDR: "10.0.0.0/24" } })],
  };
  const lines = (of: FleetObjects) => fleetList("csv", backupOf(of), of).text.split("\n");
  const free = lines(fleet).filter((line) => line.startsWith("free"));
  expect(free.map((line) => line.split(",")[4])).toEqual(["10.0.1.0/24", "10.0.2.0/24"]);
  const one = claim("b", "p", { status: { phase: "Bound", allocatedCIDR: "10.0.2.0/24" } });
  const after = lines({ ...fleet, claims: [...fleet.claims, one] });
  expect(new Set(after).difference(new Set(lines(fleet))).size).toBe(1);
  expect(new Set(lines(fleet)).difference(new Set(after)).size).toBe(1);
});
