/** Where a hit leads: onto the map, zoomed so that it and what is around it can be seen; or to its page. */
import { blockAt, parseBlock } from "../address/address.ts";
import type { SearchHit } from "../api/answers.ts";
import { formatRange, windowOf } from "../map/view-window.ts";
import { href } from "../route/location.ts";

/** So many bits around a block: it then takes a sixteenth of the screen. */
const AROUND_BITS = 4;

export function addressOfHit({ what, namespace, title, place, object }: SearchHit): string {
  if (place !== undefined) {
    if (what === "pool") return href(["map", namespace, place.pool]);
    return href(["map", namespace, place.pool], { at: place.cidr, range: rangeAround(place.cidr) });
  }
  if (object?.kind === "SubnetPool") return href(["map", namespace, object.name]);
  return href(["claims"], { namespace, filter: object?.name ?? title, state: "all" });
}

function rangeAround(cidr: string): string | undefined {
  const block = parseBlock(cidr);
  if (block === undefined) return undefined;
  const around = blockAt(block.family, block.first, Math.max(0, block.length - AROUND_BITS));
  return formatRange(block.family, windowOf(around));
}
