/** An inventory as text. One for each line where that is possible, so that a line of a diff is a change. */
import { oneLine, plainJson } from "../../kernel/index.ts";
import type { InventoryFormat } from "../formats.ts";
import { COMMENT_MARK } from "../read/meaning.ts";
import { PLAN_VERSION } from "../read/own-plan.ts";
import { csvLine, inertCell } from "./csv-line.ts";
import type { InventoryEntry } from "./inventory.ts";

export function inventoryText(format: InventoryFormat, entries: readonly InventoryEntry[]): string {
  switch (format) {
    case "csv":
      return csvText(entries);
    case "netbox":
      return netboxText(entries);
    case "json":
      return jsonText(entries);
    default:
      return markdownText(entries);
  }
}

// ── CSV ────────────────────────────────────────────────────────────────────────────────────────────────────

const COLUMNS = [
  "kind",
  "namespace",
  "pool",
  "name",
  "cidr",
  "cluster",
  "purpose",
  "status",
  "description",
] as const;

function csvText(entries: readonly InventoryEntry[]): string {
  const rows = entries.map((entry) => [
    ...COLUMNS.map((column) => inertCell(entry[column] ?? "")),
    entry.more === undefined ? "" : stableJson(entry.more),
  ]);
  return [[...COLUMNS, "more"], ...rows].map(csvLine).join("");
}

/** The keys in order, whatever gave them. */
function stableJson(value: unknown): string {
  return plainJson(
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ),
  );
}

// ── NetBox ─────────────────────────────────────────────────────────────────────────────────────────────────

const NETBOX_COLUMNS = ["prefix", "status", "vrf", "tenant", "role", "is_pool", "description", "comments"];
/** Of NetBox's field. */
const LONGEST_DESCRIPTION = 200;

/** For NetBox's bulk import of prefixes. It knows free space itself, and nothing of what has no block. */
function netboxText(entries: readonly InventoryEntry[]): string {
  const rows = entries.filter(isInNetbox);
  const isOfMany = new Set(rows.map(({ namespace }) => namespace)).size > 1;
  const lines = rows.map((entry) => {
    const { cidr = "", namespace, cluster = "", description = "", foreign } = entry;
    return [
      cidr,
      entry.kind === "SubnetPool" ? "container" : "active",
      foreign.vrf ?? (isOfMany ? namespace : ""),
      foreign.owner ?? (entry.kind === "SubnetClaim" ? cluster : ""),
      foreign.role ?? "",
      "false",
      oneLine(description).slice(0, LONGEST_DESCRIPTION),
      `${COMMENT_MARK} ${stableJson(recordOf(entry))}`,
    ];
  });
  return [NETBOX_COLUMNS, ...lines].map(csvLine).join("");
}

export function isInNetbox({ kind, cidr }: InventoryEntry): boolean {
  return kind !== "free" && kind !== "SubnetPoolClaim" && cidr !== undefined;
}

function recordOf({ kind, namespace, name, pool, cluster, purpose, description, more }: InventoryEntry) {
  const annotations = description === undefined ? {} : { "plexaubnet.io/description": description };
  return {
    ...more,
    annotations: { ...annotations, ...more?.annotations },
    kind,
    namespace,
    name,
    pool,
    clusterID: cluster,
    purpose,
  };
}

// ── JSON ───────────────────────────────────────────────────────────────────────────────────────────────────

function jsonText(entries: readonly InventoryEntry[]): string {
  const of = (isWanted: (entry: InventoryEntry) => boolean) =>
    entries.filter(isWanted).map(({ foreign: _, ...entry }) => `    ${stableJson(entry)}`);
  const lists = {
    pools: of(({ kind }) => kind === "SubnetPool"),
    blocks: of(({ kind }) => kind !== "SubnetPool" && kind !== "free"),
    free: of(({ kind }) => kind === "free"),
  };
  const body = Object.entries(lists).map(([name, lines]) =>
    lines.length === 0 ? `  "${name}": []` : `  "${name}": [\n${lines.join(",\n")}\n  ]`,
  );
  return `{\n  "plan": ${JSON.stringify(PLAN_VERSION)},\n${body.join(",\n")}\n}\n`;
}

// ── Markdown ───────────────────────────────────────────────────────────────────────────────────────────────

const HEADINGS = ["Block", "Kind", "Name", "Pool", "Cluster", "Status", "Description"];

function markdownText(entries: readonly InventoryEntry[]): string {
  const sections = [...Map.groupBy(entries, ({ namespace }) => namespace)].map(([namespace, own]) => {
    const rows = own.map((entry) =>
      [
        entry.cidr,
        entry.kind,
        entry.name,
        entry.pool,
        clusterText(entry),
        entry.status,
        entry.description,
      ].map((text) => escaped(text ?? "")),
    );
    const table = [HEADINGS, HEADINGS.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
    return `## Namespace ${escaped(namespace)}\n\n${table.join("\n")}\n`;
  });
  return `# Address plan\n\n${sections.join("\n")}`;
}

function clusterText({ cluster, purpose }: InventoryEntry): string | undefined {
  return purpose === undefined ? cluster : `${cluster ?? ""} (${purpose})`;
}

/** Nothing in it is markup, a link or the end of a cell. */
function escaped(text: string): string {
  return oneLine(text).replace(/[\\|`*_{}[\]<>#&!~]/g, (character) => `\\${character}`);
}
