/**
 * What a question is about, as conditions of SQL: one for each index, since a database uses one at a time.
 */
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { hostPrefix, type Prefix, parseAddress, parsePrefix } from "../ipam/index.ts";
import { beginningsAbove, keysOfPrefix } from "./block-keys.ts";

export type Subject =
  /** A block or an address: what contains it, and what is inside it. */
  | { readonly by: "block"; readonly prefix: Prefix }
  /** `name`: a pool, a cluster, a claim or a Subnet of that name. */
  | { readonly by: "pool" | "cluster" | "claim" | "subnet" | "name"; readonly name: string };

/** Undefined: the text is neither an address nor a prefix. */
export function blockSubject(text: string): Subject | undefined {
  const prefix = parsePrefix(text);
  if (prefix.ok) return { by: "block", prefix: prefix.value };
  const address = parseAddress(text);
  if (!address.ok) return undefined;
  return { by: "block", prefix: hostPrefix(address.value) };
}

/** Of a column, or of an expression over it. */
type Where = (column: Column) => RawBuilder<unknown>;
type Column = "pool" | "cluster_id" | "claim" | "name" | "first_key" | "last_key";

export interface SubjectPart {
  /** An index finds the rows. */
  readonly found: RawBuilder<SqlBool>;
  /** The same rows, in a form that no index is used for: they are found by another one, of times. */
  readonly checked: RawBuilder<SqlBool>;
}

const COLUMNS = { pool: "pool", cluster: "cluster_id", claim: "claim", subnet: "name" } as const;
const NAMES = ["pool", "cluster_id", "claim", "name"] as const;

/** Undefined: about everything. */
export function partsOf(subject: Subject | undefined): readonly SubjectPart[] | undefined {
  if (subject === undefined) return undefined;
  if (subject.by !== "block") {
    const columns = subject.by === "name" ? NAMES : [COLUMNS[subject.by]];
    return columns.map((column) => part((where) => sql<SqlBool>`${where(column)} = ${subject.name}`));
  }
  const { first, last } = keysOfPrefix(subject.prefix);
  const above = beginningsAbove(subject.prefix).filter((key) => key !== first);
  const inside = part((where) => sql<SqlBool>`${where("first_key")} between ${first} and ${last}`);
  if (above.length === 0) return [inside];
  const around = part(
    (where) =>
      sql<SqlBool>`${where("first_key")} in (${sql.join(above)}) and ${notIndexed("last_key")} >= ${last}`,
  );
  return [inside, around];
}

function part(condition: (where: Where) => RawBuilder<SqlBool>): SubjectPart {
  return { found: condition((column) => sql.ref(column)), checked: condition(notIndexed) };
}

/** No database uses the index of a column for this. */
export function notIndexed(column: string): RawBuilder<unknown> {
  return sql`coalesce(${sql.ref(column)}, '')`;
}
