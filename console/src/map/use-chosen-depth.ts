/** In which lane the chosen block lies: as many pools deep as the server finds it. */
import { useQuery } from "@tanstack/react-query";
import { formatBlock } from "../address/address.ts";
import { atQuery } from "../api/queries.ts";
import type { MapPicture } from "./map-picture.ts";
import type { MapPlace } from "./map-place.ts";

export function useChosenDepth(
  { namespace, pool, chosen }: MapPlace,
  overview: MapPicture,
): number | undefined {
  const cidr = chosen === undefined ? undefined : formatBlock(chosen);
  const { data, isPlaceholderData } = useQuery({
    ...atQuery({ namespace, pool, cidr }),
    enabled: cidr !== undefined,
  });
  const trail = data?.place?.trail;
  if (cidr === undefined || trail === undefined || isPlaceholderData) return undefined;
  return trail.length - overview.answer.trail.length;
}
