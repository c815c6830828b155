/** What a pool consists of, what is wrong with it, and what keeps it. */

import { parentNameOf, type SubnetPool } from "../../api/index.ts";
import { formatPrefix } from "../../ipam/index.ts";
import { keyOf } from "../../runtime/index.ts";
import { whatLivesIn } from "../decide/pool.ts";
import { makerNameOf } from "../model/indexes.ts";
import { inhabitantsOf } from "../view/inhabitants.ts";
import type { OperatorWorld } from "../view/world.ts";
import type { Explanation } from "./explanation.ts";
import { describeFree, freeByLength, listed } from "./surroundings.ts";

export function explainPool(world: OperatorWorld, pool: SubnetPool): Explanation {
  const { namespace, name } = pool.metadata;
  const state = world.poolState(namespace, name);
  const free = state.state === "usable" ? freeByLength(state.space) : undefined;
  const isReady = state.state === "usable";
  return {
    kind: pool.kind,
    namespace,
    name,
    state: pool.metadata.deletionTimestamp !== undefined ? "Deleting" : isReady ? "Ready" : "NotReady",
    ...(state.state === "not-ready" ? { reason: state.reason } : {}),
    pool: {
      name,
      state: state.state,
      cidr: pool.spec.cidr,
      ...(state.state === "usable" ? { strategy: state.settings.strategy, free: free ?? {} } : {}),
    },
    sentences: [
      ...origin(world, pool),
      ...(state.state === "not-ready" ? [`No block can be allocated from it: it ${state.message}.`] : []),
      ...(state.state === "usable" ? contents(world, pool, free ?? {}) : []),
      ...(state.state === "usable" ? [rules(state.settings)] : []),
      ...troubles(pool),
      ...keepers(world, pool),
    ],
  };
}

function origin(world: OperatorWorld, pool: SubnetPool): string[] {
  const { name } = pool.metadata;
  const parent = parentNameOf(pool);
  const range = `SubnetPool ${name} has the range ${pool.spec.cidr}`;
  if (parent === undefined) return [`${range} and has no parent.`];
  const maker = makerNameOf(pool);
  const { base, extensions } = world.heldBy(pool, parent);
  const standing = (base === undefined ? extensions : [base, ...extensions]).map(
    ({ metadata, spec, status }) => `Subnet ${metadata.name} (${spec.cidr}, ${status?.phase ?? "Pending"})`,
  );
  const block =
    standing.length === 0
      ? "no Subnet stands for it there"
      : `${listed(standing)} ${standing.length === 1 ? "stands" : "stand"} for it there`;
  const how = maker === undefined ? "made by hand" : `made by SubnetPoolClaim ${maker}`;
  return [`${range}, was ${how} and is a child of pool ${parent}: ${block}.`];
}

function contents(world: OperatorWorld, pool: SubnetPool, free: Readonly<Record<string, number>>): string[] {
  const { namespace, name } = pool.metadata;
  const view = world.spaces.view(keyOf({ namespace, name }));
  const children = world.childrenOf(namespace, name).map(({ metadata }) => metadata.name);
  const percent = view?.space?.accounting().utilizationPercent ?? 0;
  const count = view?.allocatedCount ?? 0;
  const kept = [...(view?.space?.occupants() ?? [])].flatMap(({ owner, prefix }) => {
    if (world.subnets.get(namespace, owner)?.status?.phase !== "Released") return [];
    const until = world.restsUntil(namespace, owner);
    return [`${formatPrefix(prefix)}${until === undefined ? "" : ` until ${until}`}`];
  });
  const largest = Object.keys(free).length === 0 ? "nothing is free" : `free are ${describeFree(free)}`;
  return [
    `${count === 1 ? "1 block is" : `${count} blocks are`} allocated, ${percent} % of its addresses; ${largest}.`,
    ...(kept.length === 0
      ? []
      : [
          `${kept.length === 1 ? "1 released block is" : `${kept.length} released blocks are`} kept besides, and not free yet: ${listed(kept)}.`,
        ]),
    ...(children.length === 0 ? [] : [`Cut out of it are ${listed(children.sort())}.`]),
  ];
}

function rules(settings: {
  readonly minLength: number;
  readonly maxLength: number;
  readonly defaultLength: number;
  readonly strategy: string;
  readonly reserved: readonly {
    readonly prefix: Parameters<typeof formatPrefix>[0];
    readonly reason: string;
  }[];
}): string {
  const { minLength, maxLength, defaultLength, strategy, reserved } = settings;
  const kept = reserved.map(({ prefix, reason }) => `${formatPrefix(prefix)} (${reason})`);
  const reservations = kept.length === 0 ? "" : ` and reserves ${listed(kept)}`;
  return `It allocates /${minLength} to /${maxLength}, /${defaultLength} by default, with the strategy ${strategy}${reservations}.`;
}

/** What its conditions complain about, beyond not being ready. */
function troubles(pool: SubnetPool): string[] {
  const conditions = pool.status?.conditions ?? [];
  return conditions.flatMap(({ type, status, message }) =>
    (type === "Consistent" && status === "False") || (type === "Exhausted" && status === "True")
      ? [`${type} is ${status}: ${message}.`]
      : [],
  );
}

function keepers(world: OperatorWorld, pool: SubnetPool): string[] {
  if (pool.metadata.deletionTimestamp === undefined) return [];
  const { namespace, name } = pool.metadata;
  const keptBy = whatLivesIn(inhabitantsOf(world, namespace, name));
  return [keptBy === undefined ? "It is being deleted." : `It is being deleted: ${keptBy}.`];
}
