/** What can be planted, and the causes that an analysis is to name for it: no more and no less. */
import type { CauseId } from "../../src/balancers/incidents/index.ts";
import {
  addBalancer,
  addClusterPool,
  addLedgerPool,
  addPool,
  addressIn,
  record,
  type World,
} from "./world.ts";

export interface Fault {
  readonly name: string;
  /** Changes the world, and names what it is to be put down to. */
  readonly plant: (world: World) => readonly CauseId[];
}

/** A pool that no fault has touched, so that faults of one incident are of different pools. */
function untouched(world: World): string {
  const names = new Set(world.ledger.pools.map(({ name }) => name));
  const whole = world.cluster.pools.filter(
    ({ name, version }) => names.has(name) && !version.endsWith("touched"),
  );
  const pool = whole[world.random.below(whole.length)];
  if (pool === undefined) throw new Error("no pool is left to plant a fault in");
  touch(world, pool.name);
  return pool.name;
}

function touch({ cluster }: World, name: string, change: object = {}): void {
  cluster.pools = cluster.pools.map((pool) =>
    pool.name === name ? { ...pool, version: `${name}/touched`, ...change } : pool,
  );
}

function balancersOf({ cluster }: World, pool: string) {
  return cluster.balancers.filter(({ poolName }) => poolName === pool);
}

function block(world: World): string {
  const range = world.free.shift();
  if (range === undefined) throw new Error("no block is left");
  return range;
}

const CORRUPT = ["203.0.113.x/28", "10.0.0.0-", "TBD", "192.0.2.300/28"];

export const FAULTS: readonly Fault[] = [
  {
    name: "pool added in the cluster, in use",
    plant: (world) => {
      addClusterPool(world, `new-${world.free.length}`, block(world));
      const { name } = world.cluster.pools.at(-1) ?? { name: "" };
      touch(world, name);
      for (let at = world.random.below(3); at >= 0; at--) addBalancer(world, name);
      return ["look-up", "desynchronisation"];
    },
  },
  {
    name: "pool added in the cluster, not in use",
    plant: (world) => {
      addClusterPool(world, `idle-${world.free.length}`, block(world));
      return ["desynchronisation"];
    },
  },
  {
    name: "pool of the ledger that MetalLB never had, not in use",
    plant: (world) => {
      addLedgerPool(world, `paper-${world.free.length}`, [block(world)]);
      return ["desynchronisation"];
    },
  },
  {
    name: "range grown in the cluster, in use",
    plant: (world) => {
      const name = untouched(world);
      const more = block(world);
      const old = world.cluster.pools.find((pool) => pool.name === name)?.ranges ?? [];
      touch(world, name, { ranges: [...old, more] });
      addBalancer(world, name, addressIn(more, 2));
      return ["look-up", "desynchronisation"];
    },
  },
  {
    name: "range grown in the cluster, not in use",
    plant: (world) => {
      const name = untouched(world);
      const old = world.cluster.pools.find((pool) => pool.name === name)?.ranges ?? [];
      touch(world, name, { ranges: [...old, block(world)] });
      return ["desynchronisation"];
    },
  },
  {
    name: "pool renamed in the cluster",
    plant: (world) => {
      const name = untouched(world);
      touch(world, name, { name: `renamed-${name}` });
      return ["desynchronisation"];
    },
  },
  {
    name: "setting changed in the cluster",
    plant: (world) => {
      touch(world, untouched(world), world.random.isTrue() ? { autoAssign: false } : { avoidBuggyIPs: true });
      return ["desynchronisation"];
    },
  },
  {
    name: "pool deleted in the cluster, its Services keep their addresses",
    plant: (world) => {
      const name = untouched(world);
      world.cluster.pools = world.cluster.pools.filter((pool) => pool.name !== name);
      return ["pool-removed-in-use"];
    },
  },
  {
    name: "pool deleted in the cluster, its Services lose their addresses",
    plant: (world) => {
      const name = untouched(world);
      world.cluster.pools = world.cluster.pools.filter((pool) => pool.name !== name);
      const lost = new Set(balancersOf(world, name).map(({ serviceUid }) => serviceUid));
      world.cluster.balancers = world.cluster.balancers.filter(({ serviceUid }) => !lost.has(serviceUid));
      world.ledger.usages = world.ledger.usages.map((usage) =>
        lost.has(usage.serviceUid) ? missing(usage) : usage,
      );
      return ["pool-removed-in-use"];
    },
  },
  {
    name: "usage that was never recorded",
    plant: (world) => {
      addBalancer(world, untouched(world));
      return ["usage-not-reconciled"];
    },
  },
  {
    name: "usage that is recorded for a Service that is gone",
    plant: (world) => {
      const gone = addBalancer(world, untouched(world));
      record(world, gone);
      world.cluster.balancers = world.cluster.balancers.filter((one) => one !== gone);
      world.ledger.usages = world.ledger.usages.map((usage) =>
        usage.serviceUid === gone.serviceUid ? missing(usage) : usage,
      );
      return ["usage-not-reconciled"];
    },
  },
  {
    name: "usage that is recorded against another pool",
    plant: (world) => {
      const [right, wrong] = [untouched(world), untouched(world)];
      record(world, addBalancer(world, right), wrong);
      return ["usage-not-reconciled"];
    },
  },
  {
    name: "second row of the ledger for the same addresses",
    plant: (world) => {
      const name = untouched(world);
      const { ranges = [] } = world.ledger.pools.find((pool) => pool.name === name) ?? {};
      addLedgerPool(world, `copy-of-${name}`, ranges);
      return ["overlapping-pools", "desynchronisation"];
    },
  },
  {
    name: "range of the ledger that cannot be read, in use and unrecorded",
    plant: (world) => {
      const name = untouched(world);
      corrupt(world, name);
      addBalancer(world, name);
      return ["look-up", "unreadable-range"];
    },
  },
  {
    name: "pool added in the cluster, in use by very many",
    plant: (world) => {
      const name = `big-${world.free.length}`;
      addClusterPool(world, name, world.random.isTrue() ? "10.7.0.0/24" : "2001:db8:7::/120");
      touch(world, name);
      for (let at = 0; at < 60 + world.random.below(60); at++) addBalancer(world, name);
      return ["look-up", "desynchronisation"];
    },
  },
  {
    name: "very many usages that were never recorded",
    plant: (world) => {
      const name = `busy-${world.free.length}`;
      addPool(world, name, "10.9.0.0/24");
      touch(world, name);
      for (let at = 0; at < 60 + world.random.below(60); at++) addBalancer(world, name);
      return ["usage-not-reconciled"];
    },
  },
  {
    name: "pool of very many deleted in the cluster, its Services keep their addresses",
    plant: (world) => {
      const name = `huge-${world.free.length}`;
      addPool(world, name, "10.8.0.0/24");
      for (let at = 0; at < 60 + world.random.below(60); at++) record(world, addBalancer(world, name));
      world.cluster.pools = world.cluster.pools.filter((pool) => pool.name !== name);
      return ["pool-removed-in-use"];
    },
  },
  {
    name: "one address for two Services that do not share it",
    plant: (world) => {
      const pool = untouched(world);
      const [first] = balancersOf(world, pool);
      record(world, addBalancer(world, pool, first?.ip));
      return ["shared-address"];
    },
  },
  {
    name: "address that no pool gave",
    plant: (world) => {
      addBalancer(
        world,
        "",
        addressIn(
          world.ledger.pools[0]?.ranges[0]?.includes(":") === true ? "2001:db8:ff::/124" : "192.0.2.0/28",
          1 + world.random.below(14),
        ),
      );
      return ["addresses-beside-metallb"];
    },
  },
];

function missing<T extends { readonly missedRounds: number }>(usage: T): T {
  return { ...usage, state: "missing", missedRounds: 5, missedSince: "2026-01-01T00:00:00.000Z" };
}

function corrupt(world: World, name: string): void {
  const text = world.random.pick(CORRUPT);
  world.ledger.pools = world.ledger.pools.map((pool) =>
    pool.name === name ? { ...pool, ranges: [text] } : pool,
  );
}
