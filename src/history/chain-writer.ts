/**
 * Adds rows to a chain, in one transaction that holds the end of the chain: two writers at once are one after
 * the other, and each derives what it adds from what is recorded by then.
 */
import { hash } from "node:crypto";
import type { Transaction } from "kysely";
import type { DialectName } from "../balancers/ledger/connection-string.ts";
import { keysOfText } from "./block-keys.ts";
import { type Decision, decisionsOf, holdOf } from "./decisions.ts";
import type { Facts, Observed } from "./facts.ts";
import { type PoolUsage, usageChange } from "./pool-usage.ts";
import { portions } from "./portions.ts";
import type { Requesters } from "./requesters.ts";
import { FIRST_HASH, type HistoryRow, hashOf } from "./row.ts";
import { fittedRow, instantOf } from "./row-text.ts";
import type { HistoryTables } from "./tables.ts";
import { TenureBook } from "./tenure-book.ts";

type Tx = Transaction<HistoryTables>;

/** When and where a state was seen. */
export interface Sighting {
  readonly origin: "watch" | "list";
  readonly revision: string;
  readonly observedAt: string;
  readonly after?: string | undefined;
}

interface ChainEnd {
  readonly seq: number;
  readonly life: number;
  readonly hash: string;
}

const START: ChainEnd = { seq: 0, life: 0, hash: FIRST_HASH };

export class ChainWriter {
  readonly rows: HistoryRow[] = [];
  readonly #tx: Tx;
  readonly #stream: string;
  readonly #recordedAt: string;
  readonly #tenures: TenureBook;
  readonly #usage = new Map<string, PoolUsage>();
  readonly #states = new Map<string, Facts | undefined>();
  #seq: number;
  #life: number;
  #hash: string;

  private constructor(tx: Tx, stream: string, recordedAt: string, end: ChainEnd) {
    this.#tx = tx;
    this.#stream = stream;
    this.#recordedAt = recordedAt;
    this.#seq = end.seq;
    this.#life = end.life;
    this.#hash = end.hash;
    this.#tenures = new TenureBook(tx, stream);
  }

  /** Locks the end of the chain until the transaction ends. */
  static async open(tx: Tx, dialect: DialectName, stream: string, recordedAt: string): Promise<ChainWriter> {
    const held = tx.updateTable("history_streams").set(({ ref }) => ({ seq: ref("seq") }));
    // SQLite locks when it writes, and cannot once it has read what another process then changed.
    if (dialect === "sqlite") await held.where("stream", "=", stream).execute();
    const select = tx.selectFrom("history_streams").selectAll().where("stream", "=", stream);
    const row = await (dialect === "sqlite" ? select : select.forUpdate()).executeTakeFirst();
    if (row !== undefined)
      return new ChainWriter(tx, stream, recordedAt, {
        seq: Number(row.seq),
        life: Number(row.life),
        hash: row.hash,
      });
    await tx
      .insertInto("history_streams")
      .values({ stream, ...START })
      .execute();
    return new ChainWriter(tx, stream, recordedAt, START);
  }

  get end(): { readonly seq: number; readonly hash: string } {
    return { seq: this.#seq, hash: this.#hash };
  }

  /** What was decided between the recorded state and this one becomes rows. */
  observe(before: Facts | undefined, after: Observed, sighting: Sighting, how: ObserveOptions = {}): void {
    const { facts } = after;
    for (const decision of decisionsOf(before, after, how.wasGone)) {
      const user = how.requesters?.of(decision.what, facts);
      this.#add(rowOf(decision, facts, sighting, user));
    }
    this.#measure(before, facts, sighting);
    this.#states.set(facts.uid, facts);
  }

  /** It is gone. */
  remove(before: Facts, sighting: Sighting, requesters?: Requesters): void {
    for (const decision of decisionsOf(before, undefined)) {
      this.#add(rowOf(decision, before, sighting, requesters?.of(decision.what, before)));
    }
    this.#measure(before, undefined, sighting);
    this.#states.set(before.uid, undefined);
  }

  /** The API server went back: what it shows from now on is not what was recorded of the same revisions. */
  beginLife(): void {
    this.#life++;
  }

  /** A row about the record itself. */
  note(
    what: "started" | "gap",
    about: { kind: string; scope: string; reason: string },
    sighting: Sighting,
  ): void {
    const { kind, scope, reason } = about;
    const facts = {
      kind,
      uid: noteUid(what, kind, scope),
      namespace: scope,
      name: "",
      revision: sighting.revision,
    };
    this.#add(rowOf({ what, reason }, facts, sighting, undefined));
  }

  #add(draft: Omit<HistoryRow, "stream" | "seq" | "life" | "recorded_at" | "hash">): void {
    const fitted = fittedRow({
      ...draft,
      stream: this.#stream,
      seq: ++this.#seq,
      life: this.#life,
      recorded_at: this.#recordedAt,
    });
    this.#hash = hashOf(fitted, this.#hash);
    this.rows.push({ ...fitted, hash: this.#hash });
  }

  #measure(before: Facts | undefined, after: Facts | undefined, { observedAt }: Sighting): void {
    const held = before !== undefined && holdOf(before) !== undefined;
    const holds = after !== undefined && holdOf(after) !== undefined;
    const facts = after ?? before;
    if (held === holds || facts === undefined) return;
    const day = (holds ? instantOf(facts.decidedAt ?? facts.createdAt, observedAt) : observedAt).slice(0, 10);
    usageChange(this.#usage, facts, day, holds ? 1 : -1);
  }

  /** Writes all that was gathered. */
  async finish(): Promise<void> {
    const tx = this.#tx;
    for (const rows of portions(this.rows))
      await tx
        .insertInto("history_rows")
        .values([...rows])
        .execute();
    await this.#tenures.apply(this.rows);
    await this.#storeStates();
    await this.#storeUsage();
    await tx
      .updateTable("history_streams")
      .set({ seq: this.#seq, life: this.#life, hash: this.#hash })
      .where("stream", "=", this.#stream)
      .execute();
  }

  async #storeStates(): Promise<void> {
    const stream = this.#stream;
    const uids = [...this.#states.keys()];
    for (const some of portions(uids)) {
      const stale = this.#tx.deleteFrom("history_objects").where("stream", "=", stream);
      await stale
        .where("kind", "in", kindsOf(this.#states, some))
        .where("uid", "in", [...some])
        .execute();
    }
    const present = [...this.#states.values()].filter((facts) => facts !== undefined);
    const values = present.map((facts) => ({
      stream,
      kind: facts.kind,
      uid: facts.uid,
      namespace: facts.namespace,
      revision: facts.revision,
      facts: JSON.stringify(facts),
    }));
    for (const some of portions(values))
      await this.#tx
        .insertInto("history_objects")
        .values([...some])
        .execute();
  }

  async #storeUsage(): Promise<void> {
    const tx = this.#tx;
    for (const { namespace, pool, day, change } of this.#usage.values()) {
      const key = { stream: this.#stream, namespace, pool, day };
      const { numUpdatedRows } = await tx
        .updateTable("history_pool_days")
        .set(({ eb }) => ({ change: eb("change", "+", change) }))
        .where("stream", "=", key.stream)
        .where("namespace", "=", namespace)
        .where("pool", "=", pool)
        .where("day", "=", day)
        .executeTakeFirst();
      if (numUpdatedRows === 0n)
        await tx
          .insertInto("history_pool_days")
          .values({ ...key, change })
          .execute();
    }
  }
}

/** In the place of the UID of an object: one for each watch, which fits its column. */
function noteUid(what: string, kind: string, scope: string): string {
  return scope === "" ? `${what}:${kind}` : `${what}:${kind}:${hash("sha256", scope).slice(0, 16)}`;
}

export interface ObserveOptions {
  /** It was recorded as deleted. */
  readonly wasGone?: boolean;
  readonly requesters?: Requesters | undefined;
}

/** Of a state that is gone the kind is not at hand: all that are followed. */
function kindsOf(states: ReadonlyMap<string, Facts | undefined>, uids: readonly string[]): string[] {
  const kinds = new Set<string>();
  for (const uid of uids) kinds.add(states.get(uid)?.kind ?? "");
  return kinds.has("") ? ["Subnet", "SubnetClaim", "SubnetPool", "SubnetPoolClaim"] : [...kinds];
}

function rowOf(
  decision: Decision,
  facts: Facts,
  { origin, revision, observedAt, after }: Sighting,
  user: string | undefined,
): Omit<HistoryRow, "stream" | "seq" | "life" | "recorded_at" | "hash"> {
  const { what, at, actor, reason, hold } = decision;
  const keys = keysOfText(facts.cidr);
  const isGone = what === "deleted";
  return {
    // The API reports when: then it does not matter when it was noticed.
    at: instantOf(at, observedAt),
    after_at: at === undefined ? (after ?? null) : null,
    kind: facts.kind,
    uid: facts.uid,
    namespace: facts.namespace,
    name: facts.name,
    what,
    revision: isGone ? revision : facts.revision,
    origin,
    cidr: facts.cidr ?? null,
    first_key: keys?.first ?? null,
    last_key: keys?.last ?? null,
    pool: facts.pool ?? null,
    cluster_id: facts.clusterID ?? null,
    purpose: facts.purpose ?? null,
    claim: facts.claim ?? null,
    claim_uid: facts.claimUid ?? null,
    hold: hold ?? null,
    actor: user ?? actor ?? null,
    actor_from: user !== undefined ? "user" : actor !== undefined ? "manager" : null,
    reason: reason ?? null,
  };
}
