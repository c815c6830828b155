/** In which lane the chosen block lies: as many pools deep as the server finds it. */
import { useQuery } from "@tanstack/react-query";
import { atQuery } from "../api/queries.ts";
import type { MapPicture } from "./map-picture.ts";
import { formatChoice, type MapPlace, whereOf } from "./map-place.ts";

export function useChosenDepth(
  { namespace, pool, chosen }: MapPlace,
  overview: MapPicture,
): number | undefined {
  const where = chosen === undefined ? undefined : whereOf(formatChoice(chosen));
  const { data, isPlaceholderData } = useQuery({
    ...atQuery({ namespace, pool, ...where }),
    enabled: where !== undefined,
  });
  const place = data?.place;
  if (where === undefined || place === undefined || isPlaceholderData) return undefined;
  const depth = place.trail.length - overview.answer.trail.length;
  // The whole of a pool is drawn as the block of its parent that it is.
  return place.cidr === place.poolCidr && place.subnet === undefined ? depth - 1 : depth;
}
