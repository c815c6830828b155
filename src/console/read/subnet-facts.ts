/** What a Subnet stands for. */
import type { Subnet } from "../../api/index.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";

/** The child pool that it is the range of, or a part of it; undefined: none that exists. */
export function childOf({ world }: ConsoleFleet, subnet: Subnet): string | undefined {
  const { namespace } = subnet.metadata;
  const [behind] = world.poolNamesBehind(namespace, subnet.spec);
  if (behind !== undefined) return behind;
  return world.poolsHeldThrough(namespace, subnet.spec)[0]?.metadata.name;
}
