/** The claims that a list of requests comes to: names, identities, one for each block. Pure. */
import { IMPORTED_NAME, IMPORTED_OWNER } from "../annotations.ts";
import { namesFor } from "../names.ts";
import type { Fault, Origin } from "../row.ts";
import { MOST_BLOCKS, type RequestRow } from "./request-row.ts";

export interface RequestedClaim {
  readonly origin: Origin;
  readonly kind: "SubnetClaim" | "SubnetPoolClaim";
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** `blockSize` or `desiredBlockSize` is absent where the row names none: the pool's default. */
  readonly spec: Readonly<Record<string, string | number>>;
  /** See `RequestRow`. */
  readonly align?: number;
}

export interface RequestedClaims {
  readonly claims: readonly RequestedClaim[];
  readonly faults: readonly Fault[];
  /** What was written, and the name that it has: `Zürich Core`, `zurich-core`. */
  readonly renamed: ReadonlyMap<string, string>;
}

export interface RequestDefaults {
  readonly pool: string | undefined;
  readonly namespace: string;
  /** What names neither a cluster nor itself gets a name. False: it is a fault. */
  readonly mayInvent: boolean;
}

interface Block {
  readonly row: RequestRow;
  readonly pool: string;
  readonly name: string;
  readonly cluster: string;
  readonly purpose: string | undefined;
}

export function claimsOf(rows: readonly RequestRow[], defaults: RequestDefaults): RequestedClaims {
  const faults: Fault[] = [];
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const [first] = rows;
  if (total > MOST_BLOCKS && first !== undefined) {
    const message = `the list requests ${total} blocks, more than ${MOST_BLOCKS}`;
    return {
      claims: [],
      faults: [{ kind: "too-long", origin: first.origin, message, cure: "split it" }],
      renamed: new Map(),
    };
  }
  const sound = rows.filter((row) => {
    const fault = faultOf(row, defaults);
    if (fault !== undefined) faults.push(fault);
    return fault === undefined;
  });
  const blocks = blocksOf(sound, defaults);
  const names = namesFor(blocks.flatMap(({ name, cluster, purpose }) => [name, cluster, purpose ?? cluster]));
  const renamed = new Map([...names].filter(([words, name]) => words !== name));
  return { claims: blocks.map((block) => claimOf(block, names, defaults)), faults, renamed };
}

function faultOf(
  { origin, pool, name, cluster, isPool, length }: RequestRow,
  defaults: RequestDefaults,
): Fault | undefined {
  const fault = (message: string, cure: string): Fault => ({ kind: "half-row", origin, message, cure });
  if (pool === undefined && defaults.pool === undefined)
    return fault("the row names no pool", "fill in pool, or name one on the command line");
  if (isPool && length === undefined) return fault("the row makes a pool of no size", "fill in size or cidr");
  if (isPool && name === undefined && !defaults.mayInvent)
    return fault("the row names no pool to make", "fill in name");
  if (!isPool && cluster === undefined && name === undefined && !defaults.mayInvent)
    return fault("the row names no cluster", "fill in cluster");
  return undefined;
}

/** Blocks that would have one name are numbered, through the whole list. */
function blocksOf(rows: readonly RequestRow[], defaults: RequestDefaults): Block[] {
  const totals = new Map<string, number>();
  for (const row of rows)
    totals.set(baseOf(row, defaults), (totals.get(baseOf(row, defaults)) ?? 0) + row.count);
  const used = new Map<string, number>();
  return rows.flatMap((row) =>
    Array.from({ length: row.count }, (_): Block => {
      const base = baseOf(row, defaults);
      const at = (used.get(base) ?? 0) + 1;
      used.set(base, at);
      const isOne = totals.get(base) === 1;
      const name = isOne ? base : `${base}-${at}`;
      const isShared = row.cluster !== undefined && row.count > 1;
      return {
        row,
        pool: row.pool ?? defaults.pool ?? "",
        name,
        cluster: row.cluster ?? name,
        purpose: isShared ? `${row.purpose ?? row.name ?? "block"}-${at}` : row.purpose,
      };
    }),
  );
}

function baseOf({ name, cluster, purpose, pool, length }: RequestRow, defaults: RequestDefaults): string {
  if (name !== undefined) return name;
  const within = pool ?? defaults.pool ?? "";
  if (cluster !== undefined) return [cluster, within, ...(purpose === undefined ? [] : [purpose])].join("-");
  return `${within}-${length ?? "block"}`;
}

function claimOf(
  { row, pool, name, cluster, purpose }: Block,
  names: ReadonlyMap<string, string>,
  { namespace }: RequestDefaults,
): RequestedClaim {
  const { origin, length, cidr, align, isPool } = row;
  const named = (words: string) => names.get(words) ?? words;
  const annotations = {
    ...(named(name) === name ? {} : { [IMPORTED_NAME]: name }),
    ...(isPool || named(cluster) === cluster ? {} : { [IMPORTED_OWNER]: cluster }),
  };
  const metadata = {
    name: named(name),
    namespace: row.namespace ?? namespace,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  const exact = cidr === undefined ? {} : { requestedCIDR: cidr };
  const more = { origin, metadata, ...(align === undefined ? {} : { align }) };
  if (isPool) {
    const spec = { parentPoolRef: pool, desiredBlockSize: length ?? 0, ...exact };
    return { ...more, kind: "SubnetPoolClaim", spec };
  }
  const spec = {
    poolRef: pool,
    clusterID: named(cluster),
    ...(purpose === undefined ? {} : { purpose: named(purpose) }),
    ...(cidr === undefined && length !== undefined ? { blockSize: length } : {}),
    ...exact,
  };
  return { ...more, kind: "SubnetClaim", spec };
}
