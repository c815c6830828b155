/** Reads the pools and prints them as a tree, with the Subnets that failed. */
import { SUBNET_POOLS, SUBNETS, type Subnet, type SubnetPool } from "../../api/index.ts";
import { ApiError, type KubeClient, listAll } from "../../client/index.ts";
import type { Forecast } from "../../history/index.ts";
import { comparePrefixes, parsePrefix } from "../../ipam/index.ts";
import { compareText, defined } from "../../kernel/index.ts";
import type { FoundBlock } from "../../operator/index.ts";
import { withCluster } from "../cluster-access.ts";
import type { OutputOptions, ScopeOptions } from "../command-options.ts";
import { CommandFailure } from "../failure.ts";
import type { Scope } from "../fleet-snapshot.ts";
import { print } from "../output.ts";
import { byUse, childrenByParent, complaintOf, poolTree, ROOT } from "../screen/pool-tree.ts";
import { type Line, styled, table } from "../screen/text.ts";
import { describe, forecastsOf, isMeantToBeFull, isTooShort, type PoolForecasts } from "./full-in.ts";
import { keptBlocks, keptTable } from "./kept-blocks.ts";
import type { PoolOrder } from "./tree-orders.ts";

export interface TreeOptions extends ScopeOptions, OutputOptions {
  readonly depth?: number;
  readonly history?: string;
  readonly sort: PoolOrder;
  readonly kept: boolean;
}

/** @throws CommandFailure when there is no pool. */
export async function showTree(options: TreeOptions): Promise<void> {
  const { output, namespace: only, depth = Number.POSITIVE_INFINITY, sort } = options;
  const { pools, refused, released, fullIn } = await withCluster(options, async ({ client, scope }) => {
    const { items } = await listAll(client, SUBNET_POOLS, scope);
    return {
      pools: items,
      refused: refusedBlocks(await readInPhase(client, scope, "Failed")),
      released: options.kept ? await readInPhase(client, scope, "Released") : [],
      fullIn: await forecastsOf(options.history, client, items),
    };
  });
  const keptBy = Map.groupBy(keptBlocks(pools, released), ({ namespace }) => namespace);
  if (pools.length === 0 && output === "table") {
    const where = only === undefined ? "" : ` in namespace ${only}: use -A for all namespaces`;
    throw new CommandFailure(`there is no SubnetPool${where}.`);
  }
  const poolsBy = Map.groupBy(pools, ({ metadata }) => metadata.namespace);
  const refusedBy = Map.groupBy(refused, ({ namespace }) => namespace);
  const sections = [...new Set([...poolsBy.keys(), ...refusedBy.keys()])].sort().map((namespace) => ({
    namespace,
    pools: poolsBy.get(namespace) ?? [],
    notGivenOut: refusedBy.get(namespace) ?? [],
    ...(options.kept ? { kept: keptBy.get(namespace) ?? [] } : {}),
  }));
  print(output, {
    lines: () => [
      ...sections.flatMap((section) => linesOf(section, sections.length > 1, { depth, sort, fullIn })),
      // Only where a history was requested: it has nothing to show for a week.
      ...(options.history !== undefined && fullIn !== undefined && isTooShort(fullIn)
        ? [[], [styled(TOO_SHORT, "dim")]]
        : []),
    ],
    data: () =>
      sections.map((section) => ({
        ...section,
        pools:
          sort === "use"
            ? byUse(section.pools, depth).map((pool) =>
                nodeOf(pool, [], fullIn?.get(pool.metadata.uid ?? "")),
              )
            : forest(section.pools, depth, fullIn),
      })),
  });
}

/** What the server answers where the definition of Subnets is older than this command. */
const NOT_SELECTABLE = 400;

type SubnetPhase = "Failed" | "Released";

/** Of a large fleet few are, so the server is asked to look through the others. */
async function readInPhase(client: KubeClient, scope: Scope, phase: SubnetPhase): Promise<readonly Subnet[]> {
  try {
    return (await listAll(client, SUBNETS, { ...scope, fieldSelector: `status.phase=${phase}` })).items;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== NOT_SELECTABLE) throw error;
    const { items } = await listAll(client, SUBNETS, scope);
    return items.filter(({ status }) => status?.phase === phase);
  }
}

interface Section {
  readonly namespace: string;
  readonly pools: readonly SubnetPool[];
  readonly notGivenOut: readonly RefusedBlock[];
  /** When that was asked for. */
  readonly kept?: readonly FoundBlock[];
}

const TOO_SHORT = "The history is too short to show when pools will be full: it takes a week.";

interface TreeShape {
  readonly depth: number;
  readonly sort: PoolOrder;
  readonly fullIn: PoolForecasts | undefined;
}

function linesOf(
  { namespace, pools, notGivenOut, kept = [] }: Section,
  isTitled: boolean,
  { fullIn, ...shape }: TreeShape,
): Line[] {
  const describeFull = fullIn && !isTooShort(fullIn) && ((pool: SubnetPool) => describe(pool, fullIn));
  const tree = poolTree(pools, {
    bars: process.stdout.isTTY === true,
    ...shape,
    ...(describeFull && { fullIn: describeFull }),
  });
  return [
    ...(isTitled ? [[styled(`namespace ${namespace}`, "accent")]] : []),
    ...tree,
    ...(notGivenOut.length === 0 ? [] : [[], ...refusedTable(notGivenOut)]),
    ...(kept.length === 0 ? [] : [[], ...keptTable(kept)]),
  ];
}

// ── pools ──────────────────────────────────────────────────────────────────────────────────────────────────

/** A pool as `--output json` shows it. */
interface PoolNode {
  readonly name: string;
  readonly cidr: string;
  readonly allocatedCount: number | undefined;
  readonly freeCount: number | undefined;
  readonly freeCountBySize: Readonly<Record<string, number>> | undefined;
  readonly utilizationPercent: number | undefined;
  readonly meantToBeFull?: true;
  /** From the history, where there is one. */
  readonly forecast?: Forecast | undefined;
  readonly notReady?: ReturnType<typeof complaintOf>;
  readonly inconsistent?: ReturnType<typeof complaintOf>;
  readonly children: readonly PoolNode[];
}

export function forest(
  pools: readonly SubnetPool[],
  depth = Number.POSITIVE_INFINITY,
  fullIn?: PoolForecasts,
): PoolNode[] {
  const children = childrenByParent(pools);
  const nodesBelow = (name: string, level: number): PoolNode[] =>
    level > depth
      ? []
      : (children.get(name) ?? []).map((pool) =>
          nodeOf(pool, nodesBelow(pool.metadata.name, level + 1), fullIn?.get(pool.metadata.uid ?? "")),
        );
  return nodesBelow(ROOT, 1);
}

function nodeOf(pool: SubnetPool, children: readonly PoolNode[], forecast?: Forecast): PoolNode {
  const { metadata, spec, status } = pool;
  const notReady = complaintOf(pool, "Ready");
  const inconsistent = complaintOf(pool, "Consistent");
  return {
    name: metadata.name,
    cidr: spec.cidr,
    allocatedCount: status?.allocatedCount,
    freeCount: status?.freeCount,
    freeCountBySize: status?.freeCountBySize,
    utilizationPercent: status?.utilizationPercent,
    ...(isMeantToBeFull(pool) && { meantToBeFull: true }),
    ...defined({ forecast, notReady, inconsistent }),
    children,
  };
}

// ── Subnets that failed ─────────────────────────────────────────────────────────────────────────────────

/** A Subnet that asks for a block and holds none. */
interface RefusedBlock {
  readonly name: string;
  readonly namespace: string;
  readonly pool: string;
  readonly cidr: string;
  readonly reason: string;
  readonly message: string;
}

/** Those that are Failed, by address. */
export function refusedBlocks(subnets: readonly Subnet[]): RefusedBlock[] {
  return subnets
    .filter(({ status }) => status?.phase === "Failed")
    .toSorted(byAddress)
    .map(({ metadata, spec, status }) => {
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      return {
        name: metadata.name,
        namespace: metadata.namespace,
        pool: spec.poolRef,
        cidr: spec.cidr,
        reason: ready?.reason ?? "Failed",
        message: status?.message ?? ready?.message ?? "",
      };
    });
}

function byAddress(a: Subnet, b: Subnet): number {
  const [left, right] = [parsePrefix(a.spec.cidr), parsePrefix(b.spec.cidr)];
  const order = left.ok && right.ok ? comparePrefixes(left.value, right.value) : 0;
  return order || compareText(a.metadata.name, b.metadata.name);
}

/** At most so many; a sheet that was applied to the wrong pool leaves thousands. */
const MOST_REFUSED = 20;

export function refusedTable(refused: readonly RefusedBlock[]): Line[] {
  const lines = table(
    [{ title: "NOT ALLOCATED" }, { title: "POOL" }, { title: "CIDR" }, { title: "REASON" }, { title: "" }],
    refused
      .slice(0, MOST_REFUSED)
      .map(({ name, pool, cidr, reason, message }) => [
        [styled(name, "bold")],
        [pool],
        [cidr],
        [styled(reason, "bad")],
        [message.replaceAll("\n", " ")],
      ]),
  );
  const rest = refused.length - MOST_REFUSED;
  if (rest <= 0) return lines;
  const command = `kubectl get subnets -n ${refused[0]?.namespace} --field-selector status.phase=Failed`;
  return [...lines, [styled(`… and ${rest} more: ${command}`, "dim")]];
}
