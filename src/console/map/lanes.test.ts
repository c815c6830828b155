import fc from "fast-check";
import { expect, test } from "vitest";
import { API_VERSION, type Subnet, type SubnetPool } from "../../api/index.ts";
import { type Address, contains, overlaps, type Prefix, parsePrefix } from "../../ipam/index.ts";
import type { KubeObject } from "../../kube/index.ts";
import type { MapAnswer } from "../answers.ts";
import { mapAnswer } from "../read/map.ts";
import { fleetOf } from "../testing/fleet-of.ts";
import { MAP_STATES } from "./states.ts";

const NAMESPACE = "fleet";

function poolOf(name: string, cidr: string, parent?: string, reserved: readonly string[] = []): SubnetPool {
  return {
    apiVersion: API_VERSION,
    kind: "SubnetPool",
    metadata: { name, namespace: NAMESPACE, uid: `uid-${name}` },
    spec: {
      cidr,
      ...(parent !== undefined && { parentRef: { name: parent } }),
      ...(reserved.length > 0 && { reserved: reserved.map((each) => ({ cidr: each })) }),
    },
  };
}

const PHASES = ["Pending", "Allocated", "Released", "Failed"] as const;
type Phase = (typeof PHASES)[number];

function subnetOf(name: string, pool: string, cidr: string, phase: Phase = "Allocated"): Subnet {
  return {
    apiVersion: API_VERSION,
    kind: "Subnet",
    metadata: { name, namespace: NAMESPACE, uid: `uid-${name}` },
    spec: { poolRef: pool, cidr, clusterID: `cluster-${name.length % 3}` },
    status: { phase, allocatedAt: "2026-01-01T00:00:00Z" },
  };
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

interface Wanted {
  readonly from: Address;
  readonly to: Address;
  readonly cells: number;
  readonly shape?: "band" | "square";
}

function mapOf(objects: readonly KubeObject[], wanted?: Wanted, fleet = fleetOf(objects).fleet): MapAnswer {
  const answer = mapAnswer(fleet, {
    namespace: NAMESPACE,
    pool: "corp",
    cells: wanted?.cells ?? 256,
    shape: wanted?.shape ?? "band",
    range: wanted && { first: wanted.from, last: wanted.to },
  });
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}

/** A block of the /16 below 10.0.0.0, at most of this length. */
const block = (shortest: number, longest: number) =>
  fc.tuple(fc.integer({ min: shortest, max: longest }), fc.nat(0xffff)).map(([length, at]) => {
    const address = (10 * 2 ** 24 + at) & -(2 ** (32 - length));
    return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}/${length}`;
  });

const subnets = (pool: string, shortest: number) =>
  fc
    .array(fc.tuple(block(shortest, 32), fc.constantFrom(...PHASES)), { maxLength: 40 })
    .map((all) => all.map(([cidr, phase], at) => subnetOf(`${pool}-${at}`, pool, cidr, phase)));

const fleets = fc
  .record({
    corp: subnets("corp", 17),
    children: fc.uniqueArray(fc.integer({ min: 0, max: 15 }), { maxLength: 5 }),
    inside: subnets("child", 21),
    reserved: fc.array(block(18, 30), { maxLength: 3 }),
  })
  .map(({ corp, children, inside, reserved }) => {
    const pools = children.map((at) =>
      poolOf(`child-${at}`, `10.0.${at * 16}.0/${at % 2 === 0 ? 20 : 24}`, "corp"),
    );
    const placed = inside.flatMap((subnet, at) => {
      const pool = pools.find(({ spec }) => contains(prefix(spec.cidr), prefix(subnet.spec.cidr)));
      return pool === undefined
        ? []
        : [subnetOf(`c${at}`, pool.metadata.name, subnet.spec.cidr, subnet.status?.phase)];
    });
    // Without it, the range is held for the pool, and shown as being decided.
    const backing = pools.map(({ metadata: { name }, spec: { cidr } }) => {
      const subnet = subnetOf(`corp-pool-${name}`, "corp", cidr);
      return { ...subnet, spec: { ...subnet.spec, clusterID: `pool.${name}` } };
    });
    const root = poolOf("corp", "10.0.0.0/16", undefined, reserved);
    return [root, ...pools, ...backing, ...corp, ...placed] as KubeObject[];
  });

const windows = fc
  .tuple(fc.nat(0xffff), fc.nat(0xffff), fc.integer({ min: 1, max: 300 }))
  .map(([a, b, cells]) => ({
    from: { family: 4, address: 10 * 2 ** 24 + Math.min(a, b) } as const,
    to: { family: 4, address: 10 * 2 ** 24 + Math.max(a, b) } as const,
    cells,
  }));

function blocksIn(objects: readonly KubeObject[], { from, to }: Pick<MapAnswer, "from" | "to">): Subnet[] {
  const [first, last] = [prefix(`${from}/32`), prefix(`${to}/32`)];
  return (objects as Subnet[]).filter(({ kind, spec }) => {
    if (kind !== "Subnet") return false;
    const own = prefix(spec.cidr);
    const end = Number(own.address) + 2 ** (32 - own.length) - 1;
    return end >= Number(first.address) && own.address <= last.address;
  });
}

const depthOf = ({ spec }: Subnet) => (spec.poolRef === "corp" ? 0 : 1);
const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);

test("CN-01 the counts of a lane add up to the blocks in the window, at every level", () => {
  fc.assert(
    fc.property(fleets, windows, (objects, wanted) => {
      const answer = mapOf(objects, wanted);
      const inside = blocksIn(objects, answer);
      for (const depth of [0, 1]) {
        const lane = answer.lanes.find((each) => each.depth === depth);
        expect(sum(lane?.count ?? [])).toBe(inside.filter((subnet) => depthOf(subnet) === depth).length);
      }
      const { free, reserved, ...counts } = answer.counts;
      expect(free).toBe(0);
      expect(sum(Object.values(counts))).toBe(inside.length);
    }),
  );
});

test("CN-01 no state is hidden, however small its block and however wide the window", () => {
  fc.assert(
    fc.property(fleets, windows, (objects, wanted) => {
      const answer = mapOf(objects, wanted);
      const shown = answer.lanes.flatMap(({ also }) => also).reduce((all, each) => all | each, 0);
      for (const [code, state] of MAP_STATES.entries()) {
        if (answer.counts[state] > 0) expect(shown & (1 << code), state).not.toBe(0);
      }
      const live = (objects as Subnet[]).filter(
        ({ kind, status }) => kind === "Subnet" && status?.phase !== "Failed",
      );
      const overlapping = live.filter((one) =>
        live.some(
          (other) =>
            other !== one &&
            other.spec.poolRef === one.spec.poolRef &&
            overlaps(prefix(one.spec.cidr), prefix(other.spec.cidr)),
        ),
      );
      const seen = blocksIn(overlapping, answer).length;
      expect(answer.counts.overlapping).toBe(seen);
    }),
  );
});

test("CN-01 segments are in order, do not overlap, and cover all of a pool", () => {
  fc.assert(
    fc.property(fleets, windows, (objects, wanted) => {
      const { lanes, cellCount } = mapOf(objects, wanted);
      for (const { depth, start, span, ...columns } of lanes) {
        let end = 0;
        for (const [at, first] of start.entries()) {
          expect(first).toBeGreaterThanOrEqual(end);
          end = first + (span[at] ?? 0);
        }
        expect(end).toBeLessThanOrEqual(cellCount);
        for (const column of Object.values(columns)) expect(column).toHaveLength(start.length);
        if (depth === 0) expect(sum(span)).toBe(cellCount);
      }
    }),
  );
});

test("CN-01 a square has one lane with all blocks, and a power of 4 of cells", () => {
  fc.assert(
    fc.property(fleets, windows, (objects, wanted) => {
      const answer = mapOf(objects, { ...wanted, shape: "square" });
      expect(answer.lanes).toHaveLength(1);
      expect(Number.isInteger(Math.log2(answer.cellCount) / 2)).toBe(true);
      expect(sum(answer.lanes[0]?.count ?? [])).toBe(blocksIn(objects, answer).length);
    }),
  );
});

test("CN-01 what was changed block by block looks as if it had always been so", () => {
  fc.assert(
    fc.property(fleets, fleets, fc.array(fc.nat(60), { maxLength: 30 }), (before, after, order) => {
      const [pools, ...old] = [before.filter(({ kind }) => kind === "SubnetPool"), ...before];
      const living = fleetOf([...pools, ...old.filter(({ kind }) => kind === "Subnet")]);
      mapOf([], undefined, living.fleet);
      const now = new Map(old.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
      const fresh = after.filter(({ kind }) => kind === "Subnet");
      for (const at of order) {
        const next = fresh[at % Math.max(fresh.length, 1)];
        const gone = [...now.values()].find(({ kind }, index) => kind === "Subnet" && index % 7 === at % 7);
        if (at % 3 === 0 && gone !== undefined) {
          living.remove(gone);
          now.delete(`Subnet/${gone.metadata.name}`);
        } else if (next !== undefined) {
          living.put(next);
          now.set(`Subnet/${next.metadata.name}`, next);
        }
        if (at % 5 === 0) mapOf([], undefined, living.fleet);
      }
      const { revision: _a, ...kept } = mapOf([], undefined, living.fleet);
      const { revision: _b, ...computed } = mapOf([...now.values()]);
      expect(kept).toEqual(computed);
    }),
  );
});

test("CN-01 a tiny overlap is seen in a /8, and named when there is room", () => {
  const objects = [
    poolOf("corp", "10.0.0.0/8"),
    subnetOf("a", "corp", "10.1.0.0/28"),
    subnetOf("b", "corp", "10.1.0.8/29"),
    subnetOf("large", "corp", "10.64.0.0/10"),
  ];
  const answer = mapOf(objects, {
    from: { family: 4, address: 10 * 2 ** 24 },
    to: { family: 4, address: 11 * 2 ** 24 - 1 },
    cells: 16,
  });
  const [lane] = answer.lanes;
  expect(lane?.start).toEqual([0, 1, 2, 4, 8].filter((at) => lane?.start.includes(at)));
  expect(MAP_STATES[lane?.state[0] ?? 0]).toBe("overlapping");
  expect(lane?.count[0]).toBe(2);
  expect(answer.blocks).toMatchObject([{ cidr: "10.64.0.0/10", subnet: "large", cluster: "cluster-2" }]);
});

test("CN-01 an answer stays small, whatever the names are and however many blocks there are", () => {
  const names = (at: number) => `${"x".repeat(240)}-${at}`;
  const many = Array.from({ length: 5_000 }, (_, at) => {
    const address = at * 4;
    return {
      ...subnetOf(names(at), "corp", `10.0.${address >>> 8}.${address & 255}/30`, PHASES[at % 4]),
      spec: {
        poolRef: "corp",
        cidr: `10.0.${address >>> 8}.${address & 255}/30`,
        clusterID: `${"c".repeat(55)}-${at}`,
      },
    };
  });
  const { fleet } = fleetOf([poolOf("corp", "10.0.0.0/16"), ...many]);
  for (const shape of ["band", "square"] as const) {
    const whole = {
      from: { family: 4, address: 10 * 2 ** 24 },
      to: { family: 4, address: 10 * 2 ** 24 + 65_535 },
    } as const;
    for (const cells of [1, 64, 1_024, 4_096]) {
      const answer = mapOf([], { ...whole, cells, shape }, fleet);
      expect(JSON.stringify(answer).length).toBeLessThan(200_000);
    }
  }
});

test("CN-01 an IPv6 pool is drawn from a /32 down to a /64 in steps", () => {
  const objects = [
    poolOf("corp", "2001:db8::/32"),
    poolOf("site", "2001:db8:1::/48", "corp"),
    subnetOf("pool-site", "corp", "2001:db8:1::/48"),
    subnetOf("a", "site", "2001:db8:1:2::/64"),
    subnetOf("b", "site", "2001:db8:1:3::/64", "Released"),
  ];
  const whole = mapOf(objects);
  expect(whole).toMatchObject({ cellLength: 40, cellCount: 256, from: "2001:db8::" });
  expect(whole.lanes.map(({ count }) => sum(count))).toEqual([1, 2]);
  const [first, last] = [prefix("2001:db8:1::/64"), prefix("2001:db8:1:ff::/64")];
  const near = mapOf(objects, { from: first as Address, to: last as Address, cells: 256 });
  expect(near.cellLength).toBe(64);
  const [, lane] = near.lanes;
  expect(lane?.start).toEqual([0, 2, 3, 4]);
  expect(lane?.state.map((code) => MAP_STATES[code])).toEqual(["free", "allocated", "resting", "free"]);
});
