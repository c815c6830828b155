/**
 * Texts of any length. A short one stands in its own row; a long one is kept in pieces, each of which fits into a packet
 * of any server, and the row holds how many there are and the SHA-256 of the whole, which is checked when it is read.
 */
import { createHash, type Hash } from "node:crypto";
import type { Kysely } from "kysely";
import { LedgerError } from "./failure.ts";
import type { LedgerTables } from "./tables.ts";

type Database = Kysely<LedgerTables>;

/** Characters of a piece: at most 384 KiB in UTF-8, and less than 1 MiB when every one of them has to be escaped. */
const PIECE = 128 * 1024;
const HEADER = /^pieces:(\d+):([0-9a-f]{64})$/;

/** Stores what the pieces are together under `name`, and gives what belongs into the row. */
export async function storeText(db: Database, name: string, pieces: Iterable<string>): Promise<string> {
  await db.deleteFrom("stored_texts").where("text_of", "=", name).execute();
  const hash = createHash("sha256");
  let position = 0;
  const store = async (body: string) => {
    hash.update(body);
    await db.insertInto("stored_texts").values({ text_of: name, position, body }).execute();
    position++;
  };
  let gathered = "";
  for (const piece of pieces) {
    gathered += piece;
    while (gathered.length > PIECE) {
      // A character of two halves is not cut.
      const isCut = /[\uD800-\uDBFF]/.test(gathered.charAt(PIECE - 1));
      const body = gathered.slice(0, PIECE - (isCut ? 1 : 0));
      gathered = gathered.slice(body.length);
      await store(body);
    }
  }
  if (position === 0) return gathered;
  if (gathered !== "") await store(gathered);
  return `pieces:${position}:${hash.digest("hex")}`;
}

/** The whole of what {@link storeText} was given. @throws LedgerError when pieces are missing or were changed. */
export async function readText(db: Database, name: string, inRow: string): Promise<string> {
  const [, pieces, sha256] = HEADER.exec(inRow) ?? [];
  if (pieces === undefined) return inRow;
  const hash: Hash = createHash("sha256");
  const bodies: string[] = [];
  for (let position = 0; position < Number(pieces); position++) {
    const row = await db
      .selectFrom("stored_texts")
      .select("body")
      .where("text_of", "=", name)
      .where("position", "=", position)
      .executeTakeFirst();
    if (row === undefined) break;
    hash.update(row.body);
    bodies.push(row.body);
  }
  if (bodies.length === Number(pieces) && hash.digest("hex") === sha256) return bodies.join("");
  throw new LedgerError(
    "refused",
    `the text of ${name} in the ledger is not what was stored: a row of stored_texts is missing or was changed; restore it from a backup.`,
  );
}
