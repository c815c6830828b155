/** Claims bound a second beside the server's own ceiling for the same writes. */
import {
  lifeOf,
  recordLabels,
  SUBNET_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetClaim,
} from "../../src/api/index.ts";
import { type Prefix, parsePrefix } from "../../src/ipam/index.ts";
import { newSubnetFor } from "../../src/operator/decide/claim-subnet.ts";
import { type BenchReport, ratioTarget } from "../report.ts";
import { type BenchWorld, inParallel, WIDTH } from "./bench-world.ts";

const NOW_TEXT = "2026-01-01T00:00:00Z";

type Measured = Pick<BenchReport, "figures" | "targets">;

function prefixOf(cidr: string): Prefix {
  const parsed = parsePrefix(cidr);
  if (!parsed.ok) throw new Error(cidr);
  return parsed.value;
}

function readyStatus(reason: string, message: string): object {
  const condition = { type: "Ready", status: "True", reason, message, lastTransitionTime: NOW_TEXT };
  return { observedGeneration: 1, conditions: [condition] };
}

/**
 * The four writes of a bound claim, by a client that decides nothing and watches nothing. Claims a second.
 */
async function measureCeiling(world: BenchWorld, namespace: string, count: number): Promise<number> {
  await world.namespace(namespace);
  const claims: SubnetClaim[] = [];
  await inParallel(count, WIDTH, async (i) => {
    claims.push(
      await world.create(SUBNET_CLAIMS, namespace, `c-${i}`, { poolRef: "none", clusterID: `c-${i}` }),
    );
  });
  const startMs = performance.now();
  await inParallel(count, WIDTH, async (i) => {
    const cidr = `10.${i >> 8}.${i & 255}.0/24`;
    const claim = claims[i] as SubnetClaim;
    const block = prefixOf(cidr);
    const metadata = { labels: recordLabels(claim, block) };
    const recorded = await world.client.patch(SUBNET_CLAIMS, { namespace, name: `c-${i}` }, "merge", {
      metadata,
    });
    const made = newSubnetFor(recorded, `none-c-${i}-0123456789`, block);
    // Without what protects it: no controller is there to take that off when the namespace goes.
    const { finalizers: _, ...unprotected } = made.metadata;
    const subnet = await world.client.create(SUBNETS, { ...made, metadata: unprotected });
    const given = {
      phase: "Allocated",
      life: lifeOf(subnet),
      allocatedAt: NOW_TEXT,
      ...readyStatus("Allocated", "holds its block"),
    };
    await world.patchStatus(SUBNETS, subnet, given);
    const { name, uid } = subnet.metadata;
    const bound = { phase: "Bound", allocatedCIDR: cidr, subnetRef: { name, uid } };
    await world.patchStatus(SUBNET_CLAIMS, recorded, { ...bound, ...readyStatus("Bound", `holds ${cidr}`) });
  });
  const perSecond = count / ((performance.now() - startMs) / 1000);
  await world.client.delete(
    { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false },
    { name: namespace },
  );
  return perSecond;
}

/**
 * All claims are there when the operator starts. Claims a second, from its first decision to the last Bound.
 * No informer watches the claims meanwhile: a second reader of every event would take part of what is
 * measured.
 */
async function measureBurst(world: BenchWorld, count: number): Promise<number> {
  const namespace = "burst";
  const pool = "burst";
  await world.namespace(namespace);
  await inParallel(count, WIDTH, (i) =>
    world.create(SUBNET_CLAIMS, namespace, `c-${i}`, { poolRef: pool, clusterID: `c-${i}` }),
  );
  await world.create(SUBNET_POOLS, namespace, pool, { cidr: "10.0.0.0/8" });
  // The first write is the first decision.
  const first = world.follow(SUBNETS, namespace, () => true);
  const operator = await world.startOperator();
  const startMs = await first;
  const endMs = await world.allBound(namespace, pool, count);
  await operator.stop();
  return count / ((endMs - startMs) / 1000);
}

export async function measureClaims(world: BenchWorld): Promise<Measured> {
  const count = Number(process.env.BENCH_CLAIMS ?? 10_000);
  const sample = Math.min(count, 5_000);
  // A server that has just started is slower than one that runs.
  await measureCeiling(world, "warm-up", sample);
  // The machine may be faster at one time than at another: the ceiling is that around the burst.
  const before = await measureCeiling(world, "ceiling-before", sample);
  const burst = await measureBurst(world, count);
  const after = await measureCeiling(world, "ceiling-after", sample);
  const ceiling = (before + after) / 2;
  return {
    figures: {
      "claims.ceiling": { value: ceiling, unit: "claims/s, the same four writes alone" },
      "claims.burst": {
        value: burst,
        unit: `claims bound/s, burst of ${count}, ${WIDTH} reconciles at a time`,
      },
    },
    targets: [ratioTarget("claims.burst / ceiling", burst / ceiling, ">=", 0.8)],
  };
}
