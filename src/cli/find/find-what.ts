/** Reads the fleet, finds addresses or a name in it, and prints what is there. */

import { defined } from "../../kernel/index.ts";
import {
  type BlockState,
  byAddress,
  type FoundBlock,
  findAll,
  findBlock,
  findName,
} from "../../operator/questions/index.ts";
import { withCluster } from "../cluster-access.ts";
import type { ListOutputOptions, ScopeOptions } from "../command-options.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import { printList } from "../output.ts";
import { printNote } from "../print-note.ts";
import { type ReadableFleet, readReadable } from "../readable-fleet.ts";
import { blockCells, blockTable, type Found, placeLines } from "./found-lines.ts";
import { parseWhat, type What } from "./parse-what.ts";

export interface FindOptions extends ScopeOptions, ListOutputOptions {
  readonly state?: BlockState;
}

/** @throws CommandFailure when nothing is found. */
export async function findWhat(text: string | undefined, options: FindOptions): Promise<void> {
  const what = readWhat(text, options);
  const fleet = await withCluster(options, readReadable);
  const found = lookUp(fleet, what, options.state);
  if (what?.by === "addresses" && what.note !== undefined) printNote(what.note);
  if (found.blocks.length === 0) throw nothingFound(text, options, fleet);
  if (fleet.note !== undefined) printNote(fleet.note);
  const isTitled = new Set(found.blocks.map(({ namespace }) => namespace)).size > 1;
  printList(options.output, {
    lines: () =>
      found.places === undefined
        ? blockTable(found.blocks, { isTitled })
        : found.places.flatMap((place, at) => [...(at > 0 ? [[]] : []), ...placeLines(place)]),
    data: () => ({
      ...defined({ what: text }),
      ...(found.places === undefined ? { blocks: found.blocks } : { places: found.places }),
      ...defined({ note: fleet.note }),
    }),
    cells: () => blockCells(found),
  });
}

function readWhat(text: string | undefined, { state }: FindOptions): What | undefined {
  if (text === undefined && state !== undefined) return undefined;
  const read = text === undefined ? undefined : parseWhat(text);
  if (read?.ok) return read.value;
  const sentence =
    read?.error ?? "an argument is missing: name an address, a CIDR, a cluster or an object, or give --state";
  throw new CommandFailure(`${sentence}.`, { exitCode: USAGE_EXIT_CODE });
}

/** @param what undefined: all blocks */
export function lookUp(
  { namespaces }: ReadableFleet,
  what: What | undefined,
  state: BlockState | undefined,
): Found {
  const fleets = [...namespaces.values()];
  const isAsked = (block: FoundBlock) => state === undefined || block.state === state;
  if (what?.by === "addresses") {
    const places = fleets
      .flatMap((fleet) => findBlock(fleet, what.prefixes))
      .filter(({ block }) => isAsked(block));
    return { blocks: places.map(({ block }) => block), places };
  }
  const blocks =
    what === undefined
      ? fleets.flatMap(findAll)
      : fleets.flatMap((fleet) => findName(fleet, what.name, what.kind));
  return { blocks: byAddress(blocks.filter(isAsked)) };
}

function nothingFound(
  text: string | undefined,
  options: FindOptions,
  { note, namespaces }: ReadableFleet,
): CommandFailure {
  const { namespace, state } = options;
  const where = namespace === undefined ? "in any namespace that was read" : `in namespace ${namespace}`;
  const which = state === undefined ? "" : ` in state ${state}`;
  const what = text === undefined ? `there is no block${which}` : `nothing${which} is found of ${text}`;
  const hint = namespaces.size === 0 ? "; there are no pools or blocks at all" : "";
  return new CommandFailure(`${what} ${where}${hint}${note === undefined ? "." : `. ${note}`}`);
}
