/**
 * What `plexaubnet up` shows once it is up: where the API is, the pools, the claims, the claims that cannot be fulfilled and why,
 * and what to try next. Pure: from objects to lines.
 */
import type { SubnetClaim, SubnetPool } from "../../api/index.ts";
import { type AnyClaim, claimState, countClaims, type Fleet, poolNameOf } from "../fleet/fleet.ts";
import { claimTable } from "./claim-table.ts";
import { poolTree, treeDepth } from "./pool-tree.ts";
import { cropLine, type Line, styled, table, wrapCommand } from "./text.ts";

export interface ScreenFacts {
  readonly version: string;
  /** `https://127.0.0.1:16443` */
  readonly serverUrl: string;
  /** Where the data is: a folder, or words that say that it is nowhere. */
  readonly data: string;
  /** As it is to be typed in a shell in this folder. */
  readonly kubeconfig: string;
  /** The command that compares the example of load balancers with its ledger; absent where there is none. */
  readonly ledgerDiff?: string;
  /** Opens the console in a browser, once. Absent where it is not served. */
  readonly consoleLink?: string;
  readonly fleet: Fleet;
}

export interface ScreenShape {
  readonly bars: boolean;
  /** Size of the terminal, when the screen has to fit into it. */
  readonly size?: { readonly rows: number; readonly columns: number };
}

/** The whole screen, or as much of it as fits: levels of pools go first, then clusters. */
export function fleetScreen(facts: ScreenFacts, shape: ScreenShape): Line[] {
  const { size } = shape;
  if (size === undefined) return assemble(facts, [poolSection(facts, shape.bars), claimSection(facts)]);
  const frame = assemble(facts, [], size.columns).length;
  const sections = fittingSections(facts, shape.bars, size.rows - frame);
  return assemble(facts, sections, size.columns)
    .slice(0, size.rows)
    .map((line) => cropLine(line, size.columns));
}

/** Sections are set apart by a blank line, which comes before each. */
function assemble(
  facts: ScreenFacts,
  middle: readonly (readonly Line[])[],
  columns = Number.POSITIVE_INFINITY,
): Line[] {
  const sections = [header(facts), ...middle, refusedSection(facts.fleet), nextSection(facts, columns)];
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, index) => (index === 0 ? section : [[], ...section]));
}

function header(facts: ScreenFacts): Line[] {
  const { bound, refused, unsettled } = countClaims(facts.fleet);
  const counts = [
    `${facts.fleet.pools.length} pools`,
    `${bound} claims Bound`,
    ...(refused > 0 ? [`${refused} cannot be fulfilled`] : []),
    ...(unsettled > 0 ? [`${unsettled} in progress`] : []),
  ];
  return [
    [styled(`Plexaubnet ${facts.version}`, "bold"), `  ${facts.serverUrl}  ${facts.data}`],
    [counts.join(", ")],
    ...(facts.consoleLink === undefined ? [] : [["Console: ", styled(facts.consoleLink, "accent")]]),
  ];
}

// ── pools and claims ───────────────────────────────────────────────────────────────────────────────────────

function poolSection(facts: ScreenFacts, bars: boolean, depth?: number): Line[] {
  const options = depth === undefined ? { bars } : { bars, depth };
  return perNamespace(facts.fleet.pools, (pools) => poolTree(pools, options));
}

function claimSection(facts: ScreenFacts): Line[] {
  const { claims } = facts.fleet;
  return perNamespace<SubnetClaim>(claims, (some) => claimTable(some, facts.fleet));
}

/** What `draw` makes of the objects of each namespace, under the namespace's name where there are several. */
function perNamespace<T extends SubnetPool | SubnetClaim>(
  objects: readonly T[],
  draw: (objects: readonly T[]) => Line[],
): Line[] {
  const groups = Map.groupBy(objects, (object) => object.metadata.namespace);
  const namespaces = [...groups.keys()].sort();
  return namespaces.flatMap((namespace) => {
    const lines = draw(groups.get(namespace) ?? []);
    return namespaces.length === 1 ? lines : [[styled(`namespace ${namespace}`, "accent")], ...lines];
  });
}

/** The sections of pools and of claims in at most `rows` lines, blank lines before them included. */
function fittingSections(facts: ScreenFacts, bars: boolean, rows: number): Line[][] {
  const claims = claimSection(facts);
  const deepest = treeDepth(facts.fleet.pools);
  const forPools = Math.max(Math.ceil(rows / 2), rows - claims.length - 2);
  let pools = poolSection(facts, bars);
  for (let depth = deepest - 1; depth >= 1 && pools.length + 1 > forPools; depth--) {
    const shown = poolSection(facts, bars, depth);
    const hidden = poolSection(facts, bars).length - shown.length;
    pools = [...shown, [styled(`… and ${hidden} more below these`, "dim")]];
  }
  const fittingPools = cropSection(pools, forPools - 1);
  return [fittingPools, cropSection(claims, rows - fittingPools.length - 2)];
}

function cropSection(lines: readonly Line[], rows: number): Line[] {
  if (lines.length <= rows) return [...lines];
  if (rows < 3) return [];
  return [...lines.slice(0, rows - 1), [styled(`… and ${lines.length - rows + 1} more`, "dim")]];
}

// ── claims that cannot be fulfilled ──────────────────────────────────────────────────────────────────────────────────

/** At most so many; one mistake in a pool can refuse a thousand claims. */
const MOST_REFUSALS = 8;

function refusedSection(fleet: Fleet): Line[] {
  const refused = [...fleet.poolClaims, ...fleet.claims].flatMap((claim) => {
    const state = claimState(claim, fleet);
    return state.state === "refused" ? [{ claim, ...state }] : [];
  });
  if (refused.length === 0) return [];
  const shown = refused.slice(0, MOST_REFUSALS);
  const lines = table(
    [{ title: "NOT FULFILLED" }, { title: "POOL" }, { title: "REASON" }, { title: "" }],
    shown.map(({ claim, reason, message }) => [
      [styled(claim.metadata.name, "bold")],
      [poolNameOf(claim)],
      [styled(reason, "bad")],
      [message.replaceAll("\n", " ")],
    ]),
  );
  const rest = refused.length - shown.length;
  return rest === 0 ? lines : [...lines, [styled(`… and ${rest} more`, "dim")]];
}

// ── what to try next ───────────────────────────────────────────────────────────────────────────────────────

/** To be typed in a shell, so nothing of it is cut off: what is too long goes on in the next line. */
function nextSection({ fleet, kubeconfig, ledgerDiff }: ScreenFacts, columns: number): Line[] {
  const isAbsolute = /^'?\//.test(kubeconfig);
  const commands = [
    `export KUBECONFIG=${isAbsolute ? "" : "$PWD/"}${kubeconfig}`,
    "kubectl get subnetpools,subnetclaims,subnets -A",
  ];
  const claims: readonly AnyClaim[] = fleet.claims;
  const refused = claims.find((claim) => claimState(claim, fleet).state === "refused");
  if (refused !== undefined) commands.push(`kubectl describe subnetclaim ${namedIn(refused)}`);
  const bound = claims.find((claim) => claimState(claim, fleet).state === "bound");
  if (bound !== undefined) commands.push(`kubectl delete subnetclaim ${namedIn(bound)}`);
  if (claims.length === 0) commands.push("kubectl explain subnetclaim.spec");
  if (ledgerDiff !== undefined) commands.push(ledgerDiff);
  const lines = commands.flatMap((command) => wrapCommand(command, columns));
  return [[styled("TRY NEXT", "dim")], ...lines.map((line): Line => [styled(line, "accent")])];
}

function namedIn(claim: AnyClaim): string {
  return `${claim.metadata.name} -n ${claim.metadata.namespace}`;
}
