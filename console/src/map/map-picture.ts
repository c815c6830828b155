/**
 * A server's answer as a picture that can be drawn and pointed at: cells are aligned blocks, segments cover whole cells.
 * Pure, and made once for each answer.
 */
import { type Block, blockAt, type Family, parseAddress, sizeOf } from "../address/address.ts";
import type { MapAnswer, MapBlock, MapLane } from "../api/answers.ts";
import { STEPS } from "./view-window.ts";

export interface MapPicture {
  readonly answer: MapAnswer;
  readonly family: Family;
  /** First address of the first cell. */
  readonly first: bigint;
  /** Last address of the last cell. */
  readonly last: bigint;
  /** Addresses of a cell. */
  readonly cellSize: bigint;
  /** By lane and segment: {@link keyOfSegment}. */
  readonly blocks: ReadonlyMap<number, MapBlock>;
}

/** A segment that is pointed at. */
export interface SegmentRef {
  /** Number of the lane in `lanes`. */
  readonly lane: number;
  readonly segment: number;
}

export const keyOfSegment = ({ lane, segment }: SegmentRef): number => lane * 65_536 + segment;

export function pictureOf(answer: MapAnswer): MapPicture {
  const from = parseAddress(answer.from);
  const to = parseAddress(answer.to);
  return {
    answer,
    family: answer.family,
    first: from?.value ?? 0n,
    last: to?.value ?? 0n,
    cellSize: sizeOf(answer.family, answer.cellLength),
    blocks: new Map(answer.blocks.map((block) => [keyOfSegment(block), block])),
  };
}

/** The cell that contains a position (in steps). It may lie outside of the picture. */
export function cellAt(picture: MapPicture, position: bigint): number {
  const offset = position / STEPS - picture.first;
  return offset < 0n ? -1 : Number(offset / picture.cellSize);
}

/** Number of the segment of the lane that covers this cell. */
export function segmentAt(lane: MapLane, cell: number): number | undefined {
  const index = lastAtOrBefore(lane.start, cell);
  if (index < 0) return undefined;
  return cell < (lane.start[index] ?? 0) + (lane.span[index] ?? 0) ? index : undefined;
}

/** Index of the last value that is not greater; −1 if all are. `values` ascend. */
export function lastAtOrBefore(values: readonly number[], value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export interface SegmentFacts {
  readonly depth: number;
  readonly first: bigint;
  readonly last: bigint;
  readonly state: number;
  readonly count: number;
  readonly use: number;
  readonly also: number;
  readonly cluster: string | undefined;
  readonly since: number;
  readonly block: MapBlock | undefined;
}

/** All about a segment; undefined if there is none. */
export function factsOf(picture: MapPicture, ref: SegmentRef): SegmentFacts | undefined {
  const lane = picture.answer.lanes[ref.lane];
  const start = lane?.start[ref.segment];
  if (lane === undefined || start === undefined) return undefined;
  const at = ref.segment;
  const first = picture.first + BigInt(start) * picture.cellSize;
  const cluster = lane.cluster[at] ?? -1;
  return {
    depth: lane.depth,
    first,
    last: first + BigInt(lane.span[at] ?? 1) * picture.cellSize - 1n,
    state: lane.state[at] ?? 0,
    count: lane.count[at] ?? 0,
    use: lane.use[at] ?? 0,
    also: lane.also[at] ?? 0,
    cluster: cluster < 0 ? undefined : picture.answer.clusters[cluster],
    since: lane.since[at] ?? 0,
    block: picture.blocks.get(keyOfSegment(ref)),
  };
}

/** What to select when a segment is chosen at a position: its block, or the address, which the server then looks up. */
export function choiceAt(picture: MapPicture, facts: SegmentFacts, address: bigint): Block {
  const { family } = picture;
  if (facts.block !== undefined) {
    const [text = "", length = ""] = facts.block.cidr.split("/");
    const read = parseAddress(text);
    if (read !== undefined) return { family, first: read.value, length: Number(length) };
  }
  return blockAt(family, address, family === 4 ? 32 : 128);
}
