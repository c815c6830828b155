/** Answers `GET /api/session`. */
import { parentNameOf } from "../../api/index.ts";
import { compareText, defined } from "../../kernel/index.ts";
import type { Sees, Viewer } from "../access/viewer.ts";
import type { PoolName, SessionAnswer } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";
import type { ConsoleParts } from "../parts.ts";

/** Namespaces about which it is asked whether claims may be created in them. */
const MOST_ASKED = 50;

export async function sessionAnswer(parts: ConsoleParts, viewer: Viewer, sees: Sees): Promise<SessionAnswer> {
  const { fleet, version, cluster, server, access } = parts;
  const namespaces = [...new Set(namespacesOf(fleet))].filter(sees).sort(compareText);
  // Else the answer would be as late as that of the API server.
  const isReachable = parts.connection().state === "live";
  const may = await Promise.all(
    namespaces
      .slice(0, MOST_ASKED)
      .map(async (namespace) => isReachable && (await viewer.mayCreateClaims(namespace))),
  );
  const user = isReachable ? await viewer.userName() : undefined;
  const home = homeOf(fleet, sees);
  return {
    version,
    cluster,
    server,
    ...defined({ user }),
    access,
    connection: parts.connection(),
    namespaces,
    claimNamespaces: namespaces.filter((_, at) => may[at] === true),
    hasLedger: parts.balancers.hasLedger,
    ...defined({ home }),
  };
}

export function* namespacesOf({ world }: ConsoleFleet): Generator<string> {
  for (const { metadata } of world.pools.values()) yield metadata.namespace;
  for (const { metadata } of world.claims.values()) yield metadata.namespace;
}

/** The pool without a parent that has most in it; of several the largest, and then the first. */
function homeOf(fleet: ConsoleFleet, sees: Sees): PoolName | undefined {
  const roots = [...fleet.world.pools.values()].filter(
    (pool) => sees(pool.metadata.namespace) && parentNameOf(pool) === undefined,
  );
  let best: { readonly name: PoolName; readonly key: readonly number[] } | undefined;
  for (const { metadata } of fleet.inAddressOrder(roots)) {
    const { namespace, name } = metadata;
    const range = fleet.rangeOf(namespace, name);
    if (range === undefined) continue;
    const key = [
      range.family === 4 ? 1 : 0,
      fleet.children(namespace, name).length > 0 ? 1 : 0,
      -range.length,
    ];
    if (best === undefined || isMore(key, best.key)) best = { name: { namespace, pool: name }, key };
  }
  return best?.name;
}

function isMore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] as number) > (b[at] as number);
}
