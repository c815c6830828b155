/** A backup comes back, piece by piece, while operators work, are killed, paused and started. */
import {
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
} from "../../src/api/index.ts";
import type { StoreChange } from "../../src/apiserver/index.ts";
import type { AnyObject } from "../../src/client/index.ts";
import { seededRandom } from "../../src/kernel/index.ts";
import { drawShape, type Restored, shaped } from "./backup-shape.ts";
import { Draw, seedOf } from "./draw.ts";
import { type Backup, blocksOf, drawClaim, drawFleet, type Made, saved } from "./fleet.ts";
import type { HistoryOptions, HistoryResult } from "./history.ts";
import { blockOf, meet, Oracle } from "./oracle.ts";
import { KINDS, NAMESPACE, SimWorld } from "./sim/world.ts";

const MERGE = "application/merge-patch+json";
const BLOCK_LABEL = "plexaubnet.io/block";
/** Claims of which the backup knows nothing. */
const NEWCOMER = "new";

export async function runRestore(seed: number, { without }: HistoryOptions = {}): Promise<HistoryResult> {
  const world = await SimWorld.start(seed);
  const from = world.server.store.revision;
  const draw = new Draw(seed);
  const steps: string[] = [];
  let oracle: Oracle | undefined;
  let unwatch = () => {};
  try {
    const backup = edited(draw, await fleetAtRest(world, draw, steps), steps);
    await empty(world, draw, steps);
    const drawn = drawShape(draw);
    // What was edited is the record: without it there is nothing to contradict.
    const shape =
      backup.isEdited && drawn.missing === "records" ? { ...drawn, missing: "nothing" as const } : drawn;
    steps.push(`shape ${JSON.stringify(shape)}`);
    oracle = new Oracle(world.server);
    const watcher = watchMoves(world, backup);
    unwatch = () => void watcher.close();
    const { moved } = watcher;
    const hasNewcomers = draw.chance(0.3);
    const pieces = [...shaped(draw, backup, shape)];
    const strict = !hasNewcomers && backup.isSettled;
    for (const [i, piece] of withNewcomers(draw, pieces, hasNewcomers).entries()) {
      // Claims without a record know nothing of their blocks but by their Subnets.
      const isOnlyRecord = shape.missing === "records" && piece.resource.kind === SUBNETS.kind;
      if (without?.has(i) && !isOnlyRecord) continue;
      const own = new Draw(seedOf(seed, i));
      world.random = seededRandom(seedOf(seed, i + 1000));
      if (isNewcomer(piece.object)) watcher.newcomer(piece.object.metadata.name);
      steps.push(`${i} ${await putBack(world, own, piece)}`);
      const fate = await operatorFate(world, own);
      if (fate !== undefined) steps.push(fate);
      await between(world, own);
      if (moved.length + oracle.broken.length > 0) break;
    }
    await end(world);
    const isWhole = strict && (without === undefined || without.size === 0);
    const wrong = compare(world, backup, isWhole);
    const broken = [...moved, ...oracle.broken, ...world.broken, ...wrong];
    return { broken, steps, revision: world.server.store.revision - from };
  } finally {
    oracle?.close();
    unwatch();
    await world.stop();
  }
}

// ── before ─────────────────────────────────────────────────────────────────────────────────────────────────

async function fleetAtRest(world: SimWorld, draw: Draw, steps: string[]): Promise<Backup> {
  world.random = seededRandom(seedOf(draw.below(2 ** 31), 0));
  await world.startOperator();
  for (const { resource, object } of drawFleet(draw)) {
    await world.user({ verb: "create", resource, name: "", body: object });
    steps.push(`fleet ${resource.kind} ${object.metadata.name} ${JSON.stringify(object.spec)}`);
    if (draw.chance(0.5)) await world.rest();
  }
  await world.rest();
  for (const { metadata } of world.objects<AnyObject>(SUBNET_CLAIMS)) {
    if (!draw.chance(0.25)) continue;
    await world.user({ verb: "delete", resource: SUBNET_CLAIMS, name: metadata.name });
    steps.push(`fleet deletes ${metadata.name}`);
  }
  await world.rest();
  return saved(world);
}

/** Sometimes a user edits the backup so that two claims name one block. */
function edited(draw: Draw, backup: Backup, steps: string[]): Backup {
  if (!draw.chance(0.1)) return backup;
  const claims = backup.objects.filter(
    ({ resource, object }) =>
      resource.kind === SUBNET_CLAIMS.kind && backup.blocks.has(`${object.kind} ${object.metadata.name}`),
  );
  // One that asks for another pool, size or range is entitled to another block.
  const asksFor = ({ object: { spec } }: Made) => {
    const { poolRef, blockSize, requestedCIDR } = spec as SubnetClaim["spec"];
    return requestedCIDR ?? `${poolRef} ${blockSize}`;
  };
  const [one, other] =
    [...Map.groupBy(draw.shuffled(claims), asksFor).values()].find(({ length }) => length > 1) ?? [];
  if (one === undefined || other === undefined) return backup;
  const key = ({ object }: Made) => `${object.kind} ${object.metadata.name}`;
  const block = backup.blocks.get(key(one)) ?? "";
  const mark = one.object.metadata.labels?.[BLOCK_LABEL];
  if (mark === undefined) return backup;
  steps.push(`edited ${key(other)} has the block of ${key(one)}, ${block}`);
  const { metadata, status } = other.object;
  const forged = {
    ...other.object,
    metadata: { ...metadata, labels: { ...metadata.labels, [BLOCK_LABEL]: mark } },
    status: { ...(status as object), allocatedCIDR: block },
  } as AnyObject;
  const isItsSubnet = ({ resource, object }: Made) =>
    resource.kind === SUBNETS.kind &&
    (object.spec as { claimRef?: { name?: string } }).claimRef?.name === metadata.name;
  const objects = backup.objects
    .filter((made) => !isItsSubnet(made))
    .map((made) => (made === other ? { ...made, object: forged } : made));
  return { objects, blocks: new Map(backup.blocks).set(key(other), block), isSettled: false, isEdited: true };
}

async function empty(world: SimWorld, draw: Draw, steps: string[]): Promise<void> {
  const isFresh = draw.chance(0.7);
  if (isFresh) for (const operator of [...world.operators]) world.kill(operator);
  else
    for (const resource of KINDS) {
      await world.user({ verb: "delete-all", resource, name: "" });
      await world.rest();
    }
  await world.server.wipe(KINDS, NAMESPACE);
  await world.rest();
  if (isFresh && draw.chance(0.7)) await world.startOperator();
  steps.push(isFresh ? "a fresh namespace" : "an emptied namespace");
}

// ── meanwhile ──────────────────────────────────────────────────────────────────────────────────────────────

function withNewcomers(draw: Draw, pieces: Restored[], has: boolean): Restored[] {
  if (!has) return pieces;
  for (let i = draw.between(1, 3); i > 0; i--) {
    const claim = {
      ...drawClaim(draw, `${NEWCOMER}${i}`, ["corp", "team", "hand", "six"]),
      status: undefined,
    };
    pieces.splice(draw.below(pieces.length + 1), 0, claim);
  }
  return pieces;
}

async function putBack(world: SimWorld, draw: Draw, { resource, object, status }: Restored): Promise<string> {
  const { name } = object.metadata;
  const put = await world.user({ verb: "create", resource, name: "", body: object });
  if (status !== undefined && put !== undefined) {
    if (draw.chance(0.3)) await world.ticks(draw.below(10));
    const body = { status };
    await world.user({ verb: "patch", resource, name, body, subresource: "status", contentType: MERGE });
  }
  const { labels } = object.metadata;
  return `${resource.kind} ${name} ${JSON.stringify({ labels, ...(object.spec as object) })}${put === undefined ? " (refused)" : ""}`;
}

async function operatorFate(world: SimWorld, draw: Draw): Promise<string | undefined> {
  const fate = draw.weighted([
    [8, "none"],
    [1, "kill"],
    [1, "pause"],
    [2, "wake"],
    [2, "start"],
  ] as const);
  const [running] = world.running();
  const [paused] = world.paused();
  if (fate === "kill" && running !== undefined) world.kill(running);
  else if (fate === "pause" && running !== undefined) world.pause(running);
  else if (fate === "wake" && paused !== undefined) paused.wake();
  else if (fate === "start" && world.operators.length < 2) await world.startOperator();
  else return undefined;
  return `   ${fate}`;
}

async function between(world: SimWorld, draw: Draw): Promise<void> {
  const pause = draw.weighted([
    [3, 0],
    [3, 20],
    [2, Number.POSITIVE_INFINITY],
  ] as const);
  if (Number.isFinite(pause)) await world.ticks(draw.between(0, pause));
  else await world.rest();
}

function isNewcomer({ metadata }: AnyObject): boolean {
  return metadata.name.startsWith(NEWCOMER);
}

/**
 * What an operator promises to a claim of the backup is what that one had, at every moment; and what it
 * promises to a newcomer meets nothing that was on record when the newcomer came.
 */
function watchMoves(world: SimWorld, backup: Backup) {
  const moved: string[] = [];
  const { blocks } = backup;
  const onRecord = new Map<string, readonly string[]>();
  const onChange = (change: StoreChange) => {
    if (change.type !== "put" || world.server.writer === "user") return;
    const { metadata, status } = change.current.object as unknown as SubnetClaim;
    const { name } = metadata;
    const had = blocks.get(`${SUBNET_CLAIMS.kind} ${name}`);
    const has = status?.allocatedCIDR;
    const block = blockOf(has);
    if (has === undefined || block === undefined) return;
    if (had !== undefined && has !== had)
      moved.push(`${name} had ${had}, and is promised ${has} by ${world.server.writer}`);
    for (const owner of onRecord.get(name) ?? []) {
      const theirs = blockOf(blocks.get(owner));
      if (theirs !== undefined && meet(block, theirs) && recorded(world, backup).includes(owner))
        moved.push(
          `${name} is promised ${has} by ${world.server.writer}, which is on record as that of ${owner}`,
        );
    }
  };
  const kind = `${SUBNET_CLAIMS.group}/${SUBNET_CLAIMS.plural}`;
  const watched = world.server.store.watch(kind, { after: world.server.store.revision, onChange });
  return {
    moved,
    // A claim that waited at the backup may come first, and newcomers live in what that one got (decision
    // 0010, U2).
    newcomer: (name: string) => onRecord.set(name, backup.isSettled ? recorded(world, backup) : []),
    close: () => watched.ok && watched.value.close(),
  };
}

/**
 * The claims of the backup whose blocks can be known: by their own record, or by a Subnet that names
 * them.
 */
function recorded(world: SimWorld, { blocks }: Backup): string[] {
  const known = new Set<string>();
  for (const { kind, metadata } of world.objects<AnyObject>(SUBNET_CLAIMS))
    if (metadata.labels?.[BLOCK_LABEL] !== undefined) known.add(`${kind} ${metadata.name}`);
  for (const { spec } of world.objects<Subnet>(SUBNETS)) {
    const owner = `${SUBNET_CLAIMS.kind} ${spec.claimRef?.name}`;
    if (blocks.get(owner) === spec.cidr) known.add(owner);
  }
  return [...blocks.keys()].filter((owner) => known.has(owner));
}

// ── after ──────────────────────────────────────────────────────────────────────────────────────────────────

async function end(world: SimWorld): Promise<void> {
  for (const operator of world.paused()) operator.wake();
  await world.rest();
  for (const operator of [...world.operators]) world.kill(operator);
  await world.startOperator();
  await world.finalRest();
}

function compare(world: SimWorld, backup: Backup, isStrict: boolean): string[] {
  const now = blocksOf(world);
  const wrong: string[] = [];
  const there = [...world.objects<AnyObject>(SUBNET_CLAIMS), ...world.objects<AnyObject>(SUBNET_POOL_CLAIMS)];
  for (const { kind, metadata, status } of there) {
    const key = `${kind} ${metadata.name}`;
    const had = backup.blocks.get(key);
    const has = now.get(key);
    if (had === undefined || has === had) continue;
    if (has !== undefined) wrong.push(`${key} had ${had}, and has ${has}`);
    else if (!saysWhy(status)) wrong.push(`${key} had ${had}, and does not say why it waits`);
    else if (isStrict) wrong.push(`${key} had ${had}, and waits: ${JSON.stringify(status)}`);
  }
  return wrong;
}

function saysWhy(status: unknown): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: readonly Record<string, string>[] };
  return conditions.some(
    ({ type, status, reason, message }) => type === "Ready" && status === "False" && !!reason && !!message,
  );
}

/** The same restore without the pieces that it fails without. */
export async function shrunkRestore(seed: number): Promise<HistoryResult> {
  const without = new Set<number>();
  let best = await runRestore(seed);
  for (let i = 40; i >= 0; i--) {
    if (!best.steps.some((step) => step.startsWith(`${i} `))) continue;
    without.add(i);
    const shorter = await runRestore(seed, { without });
    if (shorter.broken.length > 0) best = shorter;
    else without.delete(i);
  }
  return best;
}
