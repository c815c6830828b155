/** Why a block is where it is. */
import type { PoolSettings } from "../../api/index.ts";
import { equals, formatPrefix, type PoolSpace, parsePrefix } from "../../ipam/index.ts";
import { defined } from "../../kernel/index.ts";
import type { OperatorWorld } from "../view/world.ts";
import type { BlockFacts } from "./explanation.ts";
import { describeNeighbours, neighboursOf } from "./surroundings.ts";

export interface HeldByRequest {
  readonly namespace: string;
  readonly subnet: string;
  readonly cidr: string;
  /** Exactly this block was asked for. */
  readonly isRequested: boolean;
  readonly settings: PoolSettings;
  readonly space: PoolSpace;
}

export function explainBlock(
  world: OperatorWorld,
  held: HeldByRequest,
): { readonly facts: BlockFacts; readonly sentences: string[] } | undefined {
  const { namespace, subnet, cidr, isRequested, settings, space } = held;
  const prefix = parsePrefix(cidr);
  if (!prefix.ok) return undefined;
  const neighbours = neighboursOf(world, namespace, space, prefix.value);
  const around = describeNeighbours(neighbours);
  if (isRequested) {
    return { facts: { cidr, subnet, neighbours }, sentences: ["It asked for exactly this block.", around] };
  }
  const { strategy } = settings;
  space.vacate(subnet);
  const found = space.find(prefix.value.length, strategy);
  space.occupy(subnet, prefix.value);
  const today = found.ok ? formatPrefix(found.value) : undefined;
  const isSame = found.ok && equals(found.value, prefix.value);
  return {
    facts: {
      cidr,
      subnet,
      strategy,
      ...defined({ wouldBeChosenToday: today }),
      neighbours,
    },
    sentences: [choice(strategy, prefix.value.length, isSame ? undefined : today), around],
  };
}

function choice(strategy: "Linear" | "Buddy", length: number, other: string | undefined): string {
  const rule =
    strategy === "Linear"
      ? `the pool is Linear and allocates the lowest free /${length}`
      : `the pool is Buddy and takes a /${length} from the smallest free block that it fits into`;
  if (other === undefined) return `It has this block because ${rule}; it would choose the same one today.`;
  return `It has this block because ${rule}; today that would be ${other}, but a block never moves.`;
}
