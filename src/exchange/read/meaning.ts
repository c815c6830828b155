/** What the words of other tools mean here. */
import type { ObjectRest, OwnRecord, Shape } from "../row.ts";

const SHAPES: Readonly<Record<string, Shape>> = {
  container: "pool",
  aggregate: "pool",
  supernet: "pool",
  pool: "pool",
  subnetpool: "pool",
  subnetclaim: "block",
  leaf: "block",
  vpc: "nesting",
  vnet: "nesting",
  virtualnetwork: "nesting",
};

/** In small letters, without anything between them. */
export function kindOf(word: string | undefined): string {
  return (word ?? "").toLowerCase().replace(/[^a-z0-9]/g, "");
}

export function shapeOf(word: string | undefined): Shape | undefined {
  const kind = kindOf(word);
  return Object.hasOwn(SHAPES, kind) ? SHAPES[kind] : undefined;
}

const OWN_KINDS = ["SubnetPool", "SubnetPoolClaim", "SubnetClaim", "Subnet"] as const;

export interface OwnCells {
  readonly kind: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly pool: string | undefined;
  readonly clusterID: string | undefined;
  readonly purpose: string | undefined;
  /** JSON of an `ObjectRest`. */
  readonly more: string | undefined;
}

/** A row of an export of ours, with the cells that were filled in; undefined for a row of anything else. */
export function ownRecordOf({ kind, more, ...rest }: OwnCells): OwnRecord | undefined {
  const own = OWN_KINDS.find((each) => each === kind);
  return own === undefined ? undefined : { kind: own, ...rest, rest: restOf(more) };
}

export function isRest(cell: string | undefined): boolean {
  return cell === undefined || cell === "" || parsedObject(cell) !== undefined;
}

function restOf(more: string | undefined): ObjectRest | undefined {
  if (more === undefined) return undefined;
  const parsed = parsedObject(more);
  return parsed === undefined ? undefined : (parsed as ObjectRest);
}

function parsedObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Precedes the JSON in a NetBox comment that identifies the object of a prefix. */
export const COMMENT_MARK = "plexaubnet:";

export function recordInComments(comments: string | undefined): OwnRecord | undefined {
  const at = comments?.indexOf(COMMENT_MARK) ?? -1;
  if (comments === undefined || at < 0) return undefined;
  const { kind, namespace, name, pool, clusterID, purpose, ...rest } = (parsedObject(
    comments.slice(at + COMMENT_MARK.length),
  ) ?? {}) as Partial<OwnRecord> & ObjectRest;
  const own = OWN_KINDS.find((each) => each === kind);
  return own === undefined ? undefined : { kind: own, namespace, name, pool, clusterID, purpose, rest };
}
