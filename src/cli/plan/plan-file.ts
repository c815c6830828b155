/** Reads requests, lays them out in a pool, and prints the layouts or the manifests of one. */
import { SUBNET_POOLS } from "../../api/index.ts";
import { oneLine } from "../../kernel/index.ts";
import { type Layout, layOut } from "../../operator/questions/index.ts";
import { backupText } from "../backup/backup-text.ts";
import { refuseFaults } from "../claim/claim-file.ts";
import { type FileClaim, readClaimsFile } from "../claim/claims-file.ts";
import { manifestOf } from "../claim/try-claims.ts";
import { whatIfCells, whatIfTable } from "../claim/what-if-lines.ts";
import { withCluster } from "../cluster-access.ts";
import { writeOut } from "../export/export-fleet.ts";
import { CommandFailure } from "../failure.ts";
import { readFleet } from "../fleet-snapshot.ts";
import { hintAtNamespace } from "../other-namespaces.ts";
import { printList } from "../output.ts";
import { printNote } from "../print-note.ts";
import { type Line, styled, table } from "../screen/text.ts";
import type { LayoutName, PlanOptions } from "./plan-options.ts";

/**
 * Sets the exit code to 1 when not all requests fit.
 *
 * @throws CommandFailure when the file has a fault, or there is no such pool.
 */
export async function planFile(file: string, options: PlanOptions): Promise<void> {
  const { pool, output } = options;
  const { layouts, claims } = await withCluster(options, async ({ client, namespace, kernel }) => {
    const read = readClaimsFile(file, { pool, namespace, fallback: namespace, mayInvent: true });
    refuseFaults(read, file);
    for (const note of read.notes) printNote(oneLine(note));
    refuseOthers(read.claims, pool, namespace);
    const fleet = await readFleet(client, { namespace });
    if (!fleet.pools.some(({ metadata }) => metadata.name === pool)) {
      const hint = await hintAtNamespace(client, [SUBNET_POOLS], pool);
      throw new CommandFailure(
        `there is no SubnetPool ${pool} in namespace ${namespace}${hint === undefined ? ": specify another namespace with -n" : `; ${hint}`}.`,
      );
    }
    const tried = read.claims.map(({ claim }) => claim);
    return {
      claims: read.claims,
      layouts: layOut(fleet, tried, { namespace, name: pool }, kernel.clock.now()),
    };
  });
  const chosen = layouts.find((layout) => nameOf(layout) === options.layout) ?? (layouts[0] as Layout);
  if (chosen.placed < claims.length) process.exitCode = 1;
  if (output === "manifests") {
    await printManifests(chosen, claims, file, pool);
    return;
  }
  printList(output, {
    lines: () => [...comparison(layouts, chosen, claims.length), [], ...whatIfTable(chosen.answers)],
    data: () => ({
      layout: nameOf(chosen),
      layouts: layouts.map((layout) => ({ name: nameOf(layout), ...layout })),
    }),
    cells: () => whatIfCells(chosen.answers),
  });
}

/** The layout is that of one pool. */
function refuseOthers(claims: readonly FileClaim[], pool: string, namespace: string): void {
  for (const { origin, claim } of claims) {
    const own = "poolRef" in claim.spec ? claim.spec.poolRef : claim.spec.parentPoolRef;
    if (own !== pool)
      throw new CommandFailure(
        `${origin}: the row is for pool ${own}, and the plan is of pool ${pool}: remove it, or try the file with \`plexaubnet claim --file FILE --dry-run\`.`,
      );
    if (claim.metadata.namespace !== namespace)
      throw new CommandFailure(
        `${origin}: the row is for namespace ${claim.metadata.namespace}, and the plan is of namespace ${namespace}: remove it, or add -n.`,
      );
  }
}

function nameOf({ strategy, order }: Layout): LayoutName {
  const name = strategy === "Linear" ? "linear" : "buddy";
  return order === "as listed" ? name : `${name}-largest-first`;
}

function comparison(layouts: readonly Layout[], chosen: Layout, total: number): Line[] {
  return table(
    [
      { title: "LAYOUT" },
      { title: "PLACED", align: "right" },
      { title: "USED", align: "right" },
      { title: "LARGEST FREE" },
      { title: "FRAGMENTED", align: "right" },
      { title: "FREE" },
    ],
    layouts.map((layout) => [
      [
        styled(nameOf(layout), layout === chosen ? "bold" : "dim"),
        layout === chosen ? " (printed below)" : "",
      ],
      [styled(`${layout.placed} of ${total}`, layout.placed === total ? "good" : "bad")],
      [layout.use === undefined ? "" : `${layout.use.utilizationPercent} %`],
      [layout.use?.largestFree ?? "none"],
      [layout.use === undefined ? "" : `${layout.use.fragmentationPercent} %`],
      [freeText(layout)],
    ]),
  );
}

const MOST_SIZES = 6;

function freeText({ use }: Layout): string {
  const sizes = Object.entries(use?.free ?? {}).map(([length, count]) => `${count} × /${length}`);
  return sizes.length > MOST_SIZES
    ? `${sizes.slice(0, MOST_SIZES).join(", ")} and smaller ones`
    : sizes.join(", ");
}

/** Only what has a block: the rest is reported on stderr. */
async function printManifests(
  { answers }: Layout,
  claims: readonly FileClaim[],
  file: string,
  pool: string,
): Promise<void> {
  const placed = claims.flatMap(({ claim, origin }, at) => {
    const { cidr, reason, message } = answers[at] ?? {};
    if (cidr === undefined)
      printNote(oneLine(`${origin}: ${claim.metadata.name} gets no block: ${reason}: ${message}.`));
    return cidr === undefined ? [] : [manifestOf({ ...claim, spec: exactSpec(claim.spec, cidr) })];
  });
  const header = `# Requests of ${file.replaceAll(/\s/g, " ")}, laid out in pool ${pool} by \`plexaubnet plan\`.
# Create them with \`kubectl apply -f FILE\`, or with \`plexaubnet claim --file FILE\`, which can try them first.
`;
  if (placed.length === 0) throw new CommandFailure(`no request of ${file} has room in pool ${pool}.`);
  await writeOut(backupText(header, placed));
}

function exactSpec(spec: FileClaim["claim"]["spec"], requestedCIDR: string): FileClaim["claim"]["spec"] {
  if (!("poolRef" in spec)) return { ...spec, requestedCIDR };
  const { blockSize: _, ...rest } = spec;
  return { ...rest, requestedCIDR };
}
