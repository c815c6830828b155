/** Writes the tenures that rows begin and end. */
import type { Transaction } from "kysely";
import { portions } from "./portions.ts";
import type { HistoryRow } from "./row.ts";
import type { HistoryTables, TenureRow } from "./tables.ts";
import { tenureChange } from "./tenures.ts";

export class TenureBook {
  readonly #tx: Transaction<HistoryTables>;
  readonly #stream: string;

  constructor(tx: Transaction<HistoryTables>, stream: string) {
    this.#tx = tx;
    this.#stream = stream;
  }

  async apply(rows: readonly HistoryRow[]): Promise<void> {
    const ofSubnets = rows.filter(({ kind }) => kind === "Subnet");
    const open = await this.#open([...new Set(ofSubnets.map(({ uid }) => uid))]);
    const begun = new Map<number, TenureRow>();
    const ended: TenureRow[] = [];
    for (const row of ofSubnets) {
      const change = tenureChange(row, open.get(row.uid));
      if (change.ended !== undefined) {
        open.delete(row.uid);
        if (begun.has(change.ended.from_seq)) begun.set(change.ended.from_seq, change.ended);
        else ended.push(change.ended);
      }
      if (change.begun !== undefined) {
        open.set(row.uid, change.begun);
        begun.set(change.begun.from_seq, change.begun);
      }
    }
    // Those that end go first: of a Subnet one lasts at a time.
    for (const tenure of ended) await this.#end(tenure);
    for (const some of portions([...begun.values()]))
      await this.#tx
        .insertInto("history_tenures")
        .values([...some])
        .execute();
  }

  async #open(uids: readonly string[]): Promise<Map<string, TenureRow>> {
    const found = new Map<string, TenureRow>();
    for (const some of portions(uids)) {
      const rows = await this.#tx
        .selectFrom("history_tenures")
        .selectAll()
        .where("stream", "=", this.#stream)
        .where("uid", "in", [...some])
        .where("open_mark", "=", 1)
        .execute();
      for (const row of rows) found.set(row.uid, { ...row, from_seq: Number(row.from_seq) });
    }
    return found;
  }

  async #end({ from_seq, to_seq, to_at, to_after, open_mark, node }: TenureRow): Promise<void> {
    await this.#tx
      .updateTable("history_tenures")
      .set({ to_seq, to_at, to_after, open_mark, node })
      .where("stream", "=", this.#stream)
      .where("from_seq", "=", from_seq)
      .execute();
  }
}
