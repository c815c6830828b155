/** What the URL of a map names: the pool, the part of it, how it is shown, and what is chosen. */
import {
  type Block,
  formatAddress,
  formatBlock,
  parseAddress,
  parseBlock,
  widthOf,
} from "../address/address.ts";
import type { Place } from "../route/location.ts";
import { COLOUR_MODES, type ColourMode } from "./palette.ts";

export type Shape = "band" | "square";

export interface MapPlace {
  readonly namespace: string;
  readonly pool: string;
  /** `10.32.0.0-10.47.255.255`; undefined: the whole pool. */
  readonly range: string | undefined;
  readonly shape: Shape;
  readonly colours: ColourMode;
  /** The table in the place of the picture. */
  readonly isTable: boolean;
  /** An address or a CIDR, as it stands in the URL: it may be neither. */
  readonly at: string | undefined;
  /** The same as a block; undefined if it is neither. */
  readonly chosen: Block | undefined;
  /** Of a claim that is being prepared for what is chosen. */
  readonly isClaiming: boolean;
}

/** Undefined: the path names no pool. */
export function readMapPlace({ parts, query }: Place): MapPlace | undefined {
  const [, namespace, pool] = parts;
  if (namespace === undefined || pool === undefined) return undefined;
  const colours = COLOUR_MODES.find(({ id }) => id === query.get("colours"))?.id ?? "state";
  return {
    namespace,
    pool,
    range: query.get("range") ?? undefined,
    shape: query.get("shape") === "square" ? "square" : "band",
    colours,
    isTable: query.has("table"),
    at: query.get("at") ?? undefined,
    chosen: readChoice(query.get("at") ?? ""),
    isClaiming: query.has("claim"),
  };
}

/** As {@link readMapPlace} reads it: a block of one address as that address. */
export function formatChoice(block: Block): string {
  return block.length === widthOf(block.family)
    ? formatAddress(block.family, block.first)
    : formatBlock(block);
}

function readChoice(text: string): Block | undefined {
  if (text.includes("/")) return parseBlock(text);
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  return { family: address.family, first: address.value, length: widthOf(address.family) };
}

/** How the server is asked for it. */
export function whereOf(at: string): { readonly address: string } | { readonly cidr: string } {
  return at.includes("/") ? { cidr: at } : { address: at };
}
