/** What is written or spoken about a segment of the map, from the picture alone: the server knows more when it is asked. */
import { blockAround, formatAddress, formatBlock, sizeOf } from "../address/address.ts";
import { displayText } from "../text/display-text.ts";
import { counted, formatCount, formatPercent } from "../text/quantity.ts";
import type { MapPicture, SegmentFacts } from "./map-picture.ts";
import { codesIn, STATE_WORDS, stateOf } from "./map-state.ts";

/** `10.32.0.0/11`, or `10.32.0.0 – 10.33.3.255` where it is not one block. */
export function rangeOf({ family }: MapPicture, { first, last, block }: SegmentFacts): string {
  if (block !== undefined) return block.cidr;
  const around = blockAround(family, first, last);
  if (sizeOf(family, around.length) === last - first + 1n) return formatBlock(around);
  return `${formatAddress(family, first)} – ${formatAddress(family, last)}`;
}

/** `allocated`; `12 blocks: allocated, resting` of a run. */
export function statesOf({ state, count, also }: SegmentFacts): string {
  if (count <= 1) return STATE_WORDS[stateOf(state)];
  const states = codesIn(also)
    .filter((code) => code !== 0)
    .map((code) => STATE_WORDS[stateOf(code)]);
  return `${counted(count, "block")}: ${states.join(", ")}`;
}

/** One sentence without a verb, as screen readers like it. */
export function sentenceOf(picture: MapPicture, facts: SegmentFacts): string {
  const { block, cluster, first, last, count, use, depth } = facts;
  const holder = block?.child ?? cluster ?? block?.cluster;
  return [
    rangeOf(picture, facts),
    ...(holder === undefined ? [] : [displayText(holder)]),
    statesOf(facts),
    `${formatCount(last - first + 1n)} addresses`,
    ...(count > 1 ? [`${formatPercent(use)} used`] : []),
    `depth ${depth + 1}`,
  ].join(", ");
}
