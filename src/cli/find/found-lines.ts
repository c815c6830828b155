/** Found blocks as lines of a terminal and as cells of a sheet. Pure. */
import type { FoundBlock, Place } from "../../operator/index.ts";
import { type Line, type Style, styled, table } from "../screen/text.ts";

export interface Found {
  readonly blocks: readonly FoundBlock[];
  /** Of addresses. */
  readonly places?: readonly Place[];
}

/** Most blocks that overlap which are shown to people; json, yaml and csv have all of them. */
const MOST_OVERLAPS = 20;

const STYLES: Readonly<Partial<Record<FoundBlock["state"], Style>>> = {
  claimed: "good",
  free: "good",
  failed: "bad",
  pending: "warn",
  resting: "warn",
  kept: "warn",
  promised: "warn",
};

export function blockTable(
  blocks: readonly FoundBlock[],
  { isTitled }: { readonly isTitled: boolean },
): Line[] {
  return table(
    [
      { title: "NAMESPACE" },
      { title: "CIDR" },
      { title: "STATE" },
      { title: "CLUSTER" },
      { title: "PURPOSE" },
      { title: "HELD BY" },
      { title: "POOLS" },
      { title: "SINCE" },
      { title: "UNTIL" },
      { title: "" },
    ],
    blocks.map((block) => [
      [isTitled ? block.namespace : ""],
      [styled(block.cidr, "bold")],
      [styled(block.state, STYLES[block.state] ?? "dim")],
      [block.cluster ?? ""],
      [block.purpose ?? ""],
      [holderOf(block)],
      [poolPath(block)],
      [block.since ?? ""],
      [block.until ?? ""],
      [block.message ?? ""],
    ]),
  );
}

function holderOf({ claim, subnet }: FoundBlock): string {
  return claim ?? (subnet === undefined ? "" : `Subnet ${subnet}`);
}

function poolPath({ pools }: FoundBlock): string {
  return pools.join(" > ");
}

export function placeLines({ block, around, overlaps, beside }: Place): Line[] {
  const pools = around.map(
    ({ name, cidr, utilizationPercent }) =>
      `${name} ${cidr}${utilizationPercent === undefined ? "" : ` (${utilizationPercent} % used)`}`,
  );
  const shown = overlaps.slice(0, MOST_OVERLAPS);
  const rest = overlaps.length - shown.length;
  return [
    [styled(headline(block), "bold")],
    ...(block.message === undefined ? [] : [[`Its message is: ${block.message}.`]]),
    ...(pools.length === 0
      ? []
      : [[`It lies in ${pools.length === 1 ? "pool" : "the pools"} ${pools.join(" > ")}.`]]),
    ...(beside.length === 0 ? [] : [[`Beside it: ${beside.map(besideText).join("; ")}.`]]),
    ...(shown.length === 0
      ? []
      : [[], [styled("OVERLAPPING", "dim")], ...blockTable(shown, { isTitled: false })]),
    ...(rest > 0 ? [[styled(`… and ${rest} more: -o json shows all`, "dim")]] : []),
  ];
}

function headline(block: FoundBlock): string {
  const { namespace, cidr, state, cluster, since, until } = block;
  const where = `in namespace ${namespace}`;
  const sinceText = since === undefined ? "" : ` since ${since}`;
  const who = `${cluster === undefined ? "" : `cluster ${cluster} through `}${holderOf(block)}`;
  switch (state) {
    case "claimed":
    case "unclaimed":
      return `${cidr} ${where} is allocated to ${who}${sinceText}.`;
    case "pool":
      return `${cidr} ${where} is a pool, requested by ${who}${sinceText}.`;
    case "resting":
      return `${cidr} ${where} rests until ${until}: ${who} released it${since === undefined ? "" : ` at ${since}`}.`;
    case "kept":
      return `${cidr} ${where} is kept for ${who}, which released it${since === undefined ? "" : ` at ${since}`}.`;
    case "pending":
    case "failed":
      return `${cidr} ${where} is requested by ${who}, and is ${state === "failed" ? "not allocated" : "not decided yet"}.`;
    case "promised":
      return `${cidr} ${where} is held for ${who}.`;
    case "reserved":
      return `${cidr} ${where} is reserved by its pool.`;
    case "free":
      return `${cidr} ${where} is free.`;
    case "outside":
      return `${cidr} ${where} is in no pool.`;
  }
}

function besideText({ side, what, cidr = "", by = "", until = "" }: Place["beside"][number]): string {
  const where = side === "below" ? "before" : "after";
  switch (what) {
    case "taken":
      return `${where} it ${cidr} of ${by}`;
    case "free":
      return `${where} it ${cidr}, which is free`;
    case "reserved":
      return `${where} it ${cidr}, which is reserved (${by})`;
    case "resting":
      return `${where} it ${cidr}, which rests until ${until}`;
    case "edge of the pool":
      return `${where} it the ${side === "below" ? "beginning" : "end"} of the pool`;
  }
}

const HEADINGS = [
  "relation",
  "namespace",
  "cidr",
  "state",
  "cluster",
  "purpose",
  "claim",
  "subnet",
  "pools",
  "since",
  "until",
  "message",
];

/**
 * `holds`: the smallest block around the addresses; `overlaps`: another one that shares some; `named`: found
 * by its name.
 */
export function blockCells({ blocks, places }: Found): string[][] {
  const rows =
    places === undefined
      ? blocks.map((block) => ["named", block] as const)
      : places.flatMap(({ block, overlaps }) => [
          ["holds", block] as const,
          ...overlaps.map((other) => ["overlaps", other] as const),
        ]);
  return [
    HEADINGS,
    ...rows.map(([relation, block]) => [
      relation,
      block.namespace,
      block.cidr,
      block.state,
      block.cluster ?? "",
      block.purpose ?? "",
      block.claim ?? "",
      block.subnet ?? "",
      poolPath(block),
      block.since ?? "",
      block.until ?? "",
      block.message ?? "",
    ]),
  ];
}
