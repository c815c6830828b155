/** Answers `GET /api/free`: the free blocks of a pool. */
import { addressCount, formatPrefix, freeCount, type Prefix, widthOf } from "../../ipam/index.ts";
import { defined, err, ok, type Result } from "../../kernel/index.ts";
import { keyOf } from "../../runtime/index.ts";
import type { FreeAnswer } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";
import { type Fault, invalid } from "./fault.ts";
import { noPool } from "./map.ts";

export interface FreeQuery {
  readonly namespace: string;
  readonly pool: string;
  /** Default: the maximal free blocks. */
  readonly length?: number | undefined;
  readonly offset: number;
  readonly limit: number;
}

export function freeAnswer(fleet: ConsoleFleet, query: FreeQuery): Result<FreeAnswer, Fault> {
  const { namespace, pool: name, length, offset, limit } = query;
  const view = fleet.world.spaces.view(keyOf({ namespace, name }));
  if (view?.space === undefined || !view.settings.ok) return err(noPool(fleet, namespace, name));
  const { space } = view;
  const { minLength, maxLength, defaultLength } = view.settings.value;
  const longest = widthOf(space.cidr.family);
  if (length !== undefined && (length < space.cidr.length || length > longest)) {
    return err(
      invalid(`length ${length} is not one of pool ${name}: use ${space.cidr.length} to ${longest}`),
    );
  }
  const accounting = space.accounting();
  const total =
    length === undefined
      ? accounting.maximalFreeBySize.reduce((sum, count) => sum + count, 0)
      : freeCount(accounting, length);
  const blocks: string[] = [];
  let skip = BigInt(offset);
  for (const free of space.freeBlocks()) {
    if (blocks.length >= limit) break;
    if (length !== undefined && free.length > length) continue;
    const parts = length === undefined ? 1n : addressCount(free) >> BigInt(longest - length);
    if (skip >= parts) {
      skip -= parts;
      continue;
    }
    for (let at = skip; at < parts && blocks.length < limit; at++) {
      blocks.push(formatPrefix(length === undefined ? free : partOf(free, length, at)));
    }
    skip = 0n;
  }
  return ok({
    namespace,
    pool: name,
    ...defined({ length }),
    total,
    offset,
    blocks,
    minLength,
    maxLength,
    defaultLength,
  });
}

/** The block of this length with this number in a larger one. */
function partOf(block: Prefix, length: number, at: bigint): Prefix {
  const offset = at << BigInt(widthOf(block.family) - length);
  const address = BigInt(block.address) + offset;
  return { family: block.family, address: block.family === 4 ? Number(address) : address, length } as Prefix;
}
