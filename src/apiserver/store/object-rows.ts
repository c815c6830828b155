/** The rows of `objects`: one for each object, with what SQLite would not notice if it changed. */
import type Database from "better-sqlite3";
import { checksumOf } from "./checksum.ts";
import type { ObjectAddress } from "./store.ts";

export interface ObjectRow extends ObjectAddress {
  readonly createRevision: number;
  readonly revision: number;
  readonly json: string;
  readonly checksum: number;
}

type Raw = [number, number, string, string, string, string, number];

const COLUMNS = "create_revision, revision, kind, namespace, name, json, checksum";

/** In the order of creation. Throws where SQLite cannot go on. */
export function* objectRows(
  db: Database.Database,
  after = 0,
  order: "ASC" | "DESC" = "ASC",
): Generator<ObjectRow> {
  const rows = db
    .prepare(`SELECT ${COLUMNS} FROM objects WHERE create_revision > ? ORDER BY create_revision ${order}`)
    .raw();
  for (const raw of rows.iterate(after) as Iterable<Raw>) yield rowOf(raw);
}

function rowOf([createRevision, revision, kind, namespace, name, json, checksum]: Raw): ObjectRow {
  return { createRevision, revision, kind, namespace, name, json, checksum };
}

export function isSound(row: ObjectRow): boolean {
  return checksumOf(row, row.revision, row.json) === row.checksum;
}

/** How to read one by the revision of its creation. */
export function objectRowReader(db: Database.Database): (createRevision: number) => ObjectRow | undefined {
  const statement = db.prepare(`SELECT ${COLUMNS} FROM objects WHERE create_revision = ?`).raw();
  return (createRevision) => {
    const raw = statement.get(createRevision) as Raw | undefined;
    return raw === undefined ? undefined : rowOf(raw);
  };
}

export function nameOf({ kind, namespace, name }: ObjectAddress): string {
  return `${kind} ${namespace}/${name}`;
}
