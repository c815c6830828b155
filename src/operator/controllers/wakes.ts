/**
 * Who is woken by what the views notice. Ten thousand claims may wait for one pool, and a block that is released serves
 * one of them: so those who want a block of some length are woken one at a time, the longest waiting first, and one that
 * was woken passes it on while there is more (`decide/blocked-claim.ts`). Those who want a certain block are all woken.
 */
import {
  parentNameOf,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetPool,
} from "../../api/index.ts";
import type { Kernel } from "../../kernel/index.ts";
import type { Manager } from "../../runtime/index.ts";
import { CREATION_ENDED_SIGNAL, SPACE_FREED_SIGNAL } from "../model/indexes.ts";
import { circumstancesKey } from "../model/wait-keys.ts";
import { OperatorWorld } from "../view/world.ts";

type Source = Pick<Manager, "cache" | "onDelta" | "awaited" | "raise">;

/** The world of this manager. Its changes wake the waiters. */
export function wakingWorld(manager: Source, kernel: Kernel): OperatorWorld {
  const passOn = (poolKey: string) => {
    for (const key of world.freedLengths(poolKey)) manager.raise(key, 1);
  };
  const world: OperatorWorld = new OperatorWorld(manager, kernel, {
    onFreed(poolKey) {
      manager.raise({ signal: SPACE_FREED_SIGNAL, value: poolKey });
      passOn(poolKey);
    },
    onCreationEnded: (value) => manager.raise({ signal: CREATION_ENDED_SIGNAL, value }),
  });
  manager.onDelta(SUBNET_POOLS, (delta) => {
    if (delta.type !== "updated" || parentNameOf(delta.old) !== parentNameOf(delta.new))
      raiseBelow(manager, world, delta.new ?? delta.old);
  });
  // One that was woken and is deleted before its turn has taken a wake that the next one needs.
  manager.onDelta(SUBNET_CLAIMS, ({ type, old }) => {
    if (type === "deleted") passOn(`${old.metadata.namespace}/${old.spec.poolRef}`);
  });
  manager.onDelta(SUBNET_POOL_CLAIMS, ({ type, old }) => {
    if (type === "deleted") passOn(`${old.metadata.namespace}/${old.spec.parentPoolRef}`);
  });
  manager.onDelta(SUBNETS, (delta) => raiseBehind(manager, world, delta.new ?? delta.old));
  return world;
}

function raiseBelow(manager: Source, world: OperatorWorld, { metadata }: SubnetPool): void {
  const { namespace, name } = metadata;
  for (const pool of world.descendantsOf(namespace, name))
    manager.raise(circumstancesKey(namespace, pool.metadata.name));
}

function raiseBehind(manager: Source, world: OperatorWorld, { metadata, spec }: Subnet): void {
  const { namespace } = metadata;
  const names = world.poolNamesBehind(namespace, spec);
  for (const name of names) manager.raise(circumstancesKey(namespace, name));
  if (names.length > 0) return;
  for (const pool of world.poolsHeldThrough(namespace, spec))
    manager.raise(circumstancesKey(namespace, pool.metadata.name));
}
