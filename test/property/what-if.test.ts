/**
 * A claim that is only tried gets what the operator would give: random fleets, random changes of them, and
 * then claims of both kinds, one after the other, each compared with what became of it.
 */
import { expect, test } from "vitest";
import {
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetClaim,
  type SubnetPoolClaim,
} from "../../src/api/index.ts";
import type { AnyObject } from "../../src/client/index.ts";
import { type ClaimToTry, type FleetObjects, whatIf } from "../../src/operator/index.ts";
import { Draw } from "./draw.ts";
import { drawClaim, drawFleet, type Made, made } from "./fleet.ts";
import { type Outcome, playHistories } from "./seeds.ts";
import { NAMESPACE, SimWorld } from "./sim/world.ts";

interface Compared extends Outcome {
  readonly allocated: number;
  readonly refused: number;
}

test("PX-21 what would happen is what happens, whatever is in the fleet", async () => {
  const { failures, played } = await playHistories({ usual: 30, long: 400 }, compare, compare);
  expect(failures).toEqual([]);
  // Else the comparison would be of nothing.
  expect(played.some(({ allocated }) => allocated > 0)).toBe(true);
  expect(played.some(({ refused }) => refused > 0)).toBe(true);
}, 3_600_000);

async function compare(seed: number): Promise<Compared> {
  const world = await SimWorld.start(seed);
  const draw = new Draw(seed);
  const steps: string[] = [];
  try {
    await world.startOperator();
    await grow(world, draw, steps);
    const asked = drawRequests(draw, world);
    const { answers } = whatIf(fleetOf(world), asked.map(toTry), world.server.clock.now());
    for (const each of asked) await create(world, each, steps);
    await world.rest();
    const broken = [...world.broken];
    for (const answer of answers) {
      const real = fateOf(world, answer.kind, answer.name);
      const tried = answer.cidr ?? answer.reason;
      if (real !== tried)
        broken.push(
          `${answer.kind} ${answer.name} of ${answer.pool} gets ${real}, and ${tried} was expected`,
        );
    }
    const allocated = answers.filter(({ outcome }) => outcome === "allocated").length;
    return { broken, steps, allocated, refused: answers.length - allocated };
  } finally {
    await world.stop();
  }
}

/** A fleet that has lived a little: some of it is gone again, and rests or is kept. */
async function grow(world: SimWorld, draw: Draw, steps: string[]): Promise<void> {
  for (const each of drawFleet(draw)) await create(world, each, steps);
  await world.rest();
  for (const claim of world.objects<AnyObject>(SUBNET_CLAIMS)) {
    if (!draw.chance(0.3)) continue;
    steps.push(`delete ${claim.metadata.name}`);
    await world.user({ verb: "delete", resource: SUBNET_CLAIMS, name: claim.metadata.name });
  }
  await world.rest();
}

function drawRequests(draw: Draw, world: SimWorld): Made[] {
  const pools = world.objects<AnyObject>(SUBNET_POOLS).map(({ metadata }) => metadata.name);
  const names = [...pools, ...(draw.chance(0.3) ? ["ghost"] : []), ...(draw.chance(0.5) ? ["new"] : [])];
  return Array.from({ length: draw.between(1, 8) }, (_, i) =>
    draw.chance(0.2)
      ? made(SUBNET_POOL_CLAIMS, i === 0 ? "new" : `p${i}`, {
          parentPoolRef: draw.pick(names.filter((name) => !name.startsWith("six"))),
          desiredBlockSize: draw.pick([21, 22, 23]),
        })
      : drawClaim(draw, `n${i}`, names),
  );
}

async function create(world: SimWorld, { resource, object }: Made, steps: string[]): Promise<void> {
  steps.push(`create ${object.kind} ${object.metadata.name} ${JSON.stringify(object.spec)}`);
  const body = structuredClone(object);
  const created = await world.user({ verb: "create", resource, name: object.metadata.name, body });
  if (created === undefined) steps.push("  refused by the API");
  await world.rest();
}

function toTry({ object }: Made): ClaimToTry {
  const { name, labels = {} } = object.metadata;
  const metadata = { name, namespace: NAMESPACE, labels };
  return { kind: object.kind, metadata, spec: object.spec } as ClaimToTry;
}

function fleetOf(world: SimWorld): FleetObjects {
  return structuredClone({
    pools: world.objects(SUBNET_POOLS),
    poolClaims: world.objects(SUBNET_POOL_CLAIMS),
    claims: world.objects(SUBNET_CLAIMS),
    subnets: world.objects(SUBNETS),
  }) as FleetObjects;
}

/** The block, or else the reason of its condition. */
function fateOf(world: SimWorld, kind: string, name: string): string | undefined {
  const list =
    kind === SUBNET_CLAIMS.kind
      ? world.objects<SubnetClaim>(SUBNET_CLAIMS)
      : world.objects<SubnetPoolClaim>(SUBNET_POOL_CLAIMS);
  const claim = list.find(({ metadata }) => metadata.name === name);
  if (claim?.status?.phase !== "Bound")
    return claim?.status?.conditions?.find(({ type }) => type === "Ready")?.reason;
  if (kind === SUBNET_CLAIMS.kind) return (claim as SubnetClaim).status?.allocatedCIDR;
  const { boundPoolName = name } = (claim as SubnetPoolClaim).status ?? {};
  return world
    .objects<AnyObject>(SUBNET_POOLS)
    .flatMap(({ metadata, spec }) =>
      metadata.name === boundPoolName ? [(spec as { cidr: string }).cidr] : [],
    )[0];
}
