/** What is chosen, as the server finds it: the block, and in which lane it lies. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Block, parseBlock } from "../address/address.ts";
import type { Place } from "../api/answers.ts";
import { atQuery } from "../api/queries.ts";
import type { MapPicture } from "./map-picture.ts";
import { formatChoice, type MapPlace, whereOf } from "./map-place.ts";

export interface Chosen {
  readonly block: Block;
  /** Of its lane; −1: it is the pool of the map. */
  readonly depth: number;
}

export function useChosen({ namespace, pool, chosen }: MapPlace, { answer }: MapPicture): Chosen | undefined {
  const where = chosen === undefined ? undefined : whereOf(formatChoice(chosen));
  const { data, isPlaceholderData } = useQuery({
    ...atQuery({ namespace, pool, ...where }),
    enabled: where !== undefined,
  });
  const place = where === undefined || isPlaceholderData ? undefined : data?.place;
  const outer = answer.trail.length;
  return useMemo(() => (place === undefined ? undefined : chosenOf(place, outer)), [place, outer]);
}

/** `outer`: pools from the outermost to that of the map. */
export function chosenOf({ cidr, poolCidr, subnet, trail }: Place, outer: number): Chosen | undefined {
  const block = parseBlock(cidr);
  if (block === undefined) return undefined;
  const depth = trail.length - outer;
  // The whole of a pool is drawn as the block of its parent that it is.
  return { block, depth: cidr === poolCidr && subnet === undefined ? depth - 1 : depth };
}
