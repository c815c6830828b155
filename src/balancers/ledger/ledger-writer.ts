/**
 * All changes that can be made to a ledger, each with its audit row in the same transaction. There is no way to write
 * around it.
 */
import type { Transaction } from "kysely";
import { type AuditNote, appendAudit } from "./audit-log.ts";
import { claimCluster, nameBefore } from "./cluster-table.ts";
import { checked, LENGTHS } from "./column-text.ts";
import { type Decision, saveDecision } from "./decision-table.ts";
import { codeOf, kindOf, LedgerError } from "./failure.ts";
import { type IncidentRecord, readIncident, readIncidentStatus, saveIncident } from "./incident-table.ts";
import { insertPlan, movePlan, type PlanState, readPlanCluster, type StoredPlan } from "./plan-table.ts";
import type { PoolTable } from "./pool-table.ts";
import {
  fingerprintOf,
  formatInstant,
  type LedgerPool,
  type PoolContent,
  type Stamp,
  type Usage,
  type UsageChange,
  type UsageDraft,
  type UsageMove,
} from "./records.ts";
import type { LedgerTables } from "./tables.ts";
import {
  countUsagesOf,
  findOpen,
  forgetPool,
  insertUsages,
  movePoolUsages,
  PORTION,
  readOpenUsages,
  readUsagesById,
  renamePoolOfUsages,
  updateUsages,
  usageIdentity,
} from "./usage-table.ts";

/** What was to be changed is no longer what it was when the change was decided. The transaction is undone. */
export class StaleError extends Error {
  constructor(subject: string) {
    super(`${subject} has changed since; nothing was changed, compare again.`);
    this.name = "StaleError";
  }
}

export interface WriterContext {
  readonly tx: Transaction<LedgerTables>;
  readonly pools: PoolTable;
  readonly nowMs: number;
  readonly uuid: () => string;
  readonly locks: boolean;
  readonly stamp: Stamp;
  readonly writeId: string;
}

/** Changes a portion. */
const MOVES = 1_000;

export class LedgerWriter {
  readonly #context: WriterContext;
  readonly #notes: AuditNote[] = [];
  readonly #now: string;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#now = formatInstant(context.nowMs);
  }

  /** As they are within this transaction. */
  readPools(cluster: string): Promise<LedgerPool[]> {
    return this.#context.pools.read(this.#context.tx, cluster);
  }

  /** Refuses a name that is there. */
  async createPool(cluster: string, content: PoolContent): Promise<LedgerPool> {
    const { tx, pools, uuid } = this.#context;
    if ((await pools.readForUpdate(tx, cluster, content.name)) !== undefined) {
      throw new StaleError(`the pool ${content.name} of the ledger`);
    }
    const pool = await named(content.name, pools.insert(tx, cluster, content, uuid));
    this.note({ action: "pool.create", subject: `pool/${content.name}`, after: pool, cluster });
    return pool;
  }

  /** Writes ranges and flags of the pool that has this fingerprint; another state of it is a {@link StaleError}. */
  async updatePool(cluster: string, content: PoolContent, fingerprint: string): Promise<void> {
    const { tx, pools, uuid, nowMs } = this.#context;
    const before = await this.#poolAsDecided(cluster, content.name, fingerprint);
    await named(content.name, pools.update(tx, before, content, uuid, nowMs));
    this.note({
      action: "pool.update",
      subject: `pool/${content.name}`,
      before,
      after: { ...before, ...content },
      cluster,
    });
  }

  /** The row gets another name and content, and keeps its key and with it the usage of it. */
  async renamePool(cluster: string, name: string, content: PoolContent, fingerprint: string): Promise<void> {
    const { tx, pools, uuid, nowMs } = this.#context;
    const before = await this.#poolAsDecided(cluster, name, fingerprint);
    if ((await pools.readForUpdate(tx, cluster, content.name)) !== undefined) {
      throw new StaleError(`the pool ${content.name} of the ledger`);
    }
    await named(content.name, pools.update(tx, before, content, uuid, nowMs));
    await renamePoolOfUsages(tx, before.id, content.name);
    const after = { ...before, ...content };
    this.note({ action: "pool.rename", subject: `pool/${content.name}`, before, after, cluster });
  }

  /** Of several rows of one name the one of this key stays, with the usage of all of them. */
  async mergePoolRows(cluster: string, name: string, key: string): Promise<void> {
    const { tx, pools, nowMs } = this.#context;
    const rows = (await pools.read(tx, cluster)).filter((pool) => pool.name === name);
    const kept = rows.find(({ id }) => id === key);
    if (kept === undefined) throw new StaleError(`the pool ${name} of the ledger`);
    for (const row of rows) {
      if (row === kept) continue;
      await movePoolUsages(tx, row.id, kept.id);
      await pools.remove(tx, row, nowMs);
      this.note({ action: "pool.merge", subject: `pool/${name}`, before: row, after: kept, cluster });
    }
  }

  /** Refuses while a load balancer uses it. */
  async removePool(cluster: string, name: string, fingerprint: string): Promise<void> {
    const { tx, pools, nowMs } = this.#context;
    const before = await this.#poolAsDecided(cluster, name, fingerprint);
    if ((await countUsagesOf(tx, before.id, ["active", "discovered", "missing"])) > 0) {
      throw new StaleError(`the usage of the pool ${name}`);
    }
    if (!pools.retires) await forgetPool(tx, before.id);
    await named(name, pools.remove(tx, before, nowMs));
    this.note({ action: "pool.delete", subject: `pool/${name}`, before, cluster });
  }

  /** Adds records. A load balancer that has an open one keeps it; one whose record is over gets another. */
  async recordUsages(drafts: readonly UsageDraft[]): Promise<void> {
    const { tx } = this.#context;
    const fresh: UsageDraft[] = [];
    for (const [cluster, those] of Map.groupBy(drafts, (draft) => draft.cluster)) {
      const open = those.filter(({ state }) => state !== "released");
      const known = new Set(await findOpen(tx, cluster, open));
      for (const draft of those) {
        const identity = usageIdentity(draft);
        if (draft.state !== "released" && known.has(identity)) continue;
        known.add(identity);
        fresh.push(draft);
      }
    }
    for (let at = 0; at < fresh.length; at += PORTION) {
      const portion = fresh.slice(at, at + PORTION);
      await insertUsages(tx, portion, this.#now);
      for (const draft of portion) {
        const { cluster } = draft;
        this.note({ action: `usage.${draft.state}`, subject: usageSubject(draft), after: draft, cluster });
      }
      await this.#writeNotes();
    }
  }

  /** Changes the record if it is still in the state that was decided on. */
  changeUsage(usage: Usage, change: UsageChange): Promise<void> {
    return this.changeUsages([{ usage, change }]);
  }

  /** Each record must still be in the state that was decided on; else none is changed. */
  async changeUsages(moves: readonly UsageMove[]): Promise<void> {
    const { tx, locks } = this.#context;
    for (let at = 0; at < moves.length; at += MOVES) {
      const portion = moves.slice(at, at + MOVES);
      const ids = portion.map(({ usage }) => usage.id);
      const current = await readUsagesById(tx, ids, locks);
      for (const { usage, change } of portion) {
        const before = current.get(usage.id);
        if (before === undefined || before.state !== usage.state || before.poolId !== usage.poolId) {
          throw new StaleError(`the usage record of ${usage.ip}`);
        }
        this.note({
          action: `usage.${change.state ?? "change"}`,
          subject: usageSubject(usage),
          before,
          after: { ...before, ...change },
          cluster: usage.cluster,
        });
      }
      for (const same of Map.groupBy(portion, ({ change }) => JSON.stringify(change)).values()) {
        const [{ change }] = same as [UsageMove];
        await updateUsages(
          tx,
          same.map(({ usage }) => usage.id),
          change,
          this.#now,
        );
      }
      await this.#writeNotes();
    }
  }

  /** Writes down who the cluster of this name is, once. Refuses another cluster, and another name for the same one. */
  claimCluster(name: string, uid: string): Promise<void> {
    return this.#claim(name, uid, false);
  }

  /**
   * A person declares that this cluster has this name from now on. If it had another name, the records under that
   * one end here: they are no longer compared, and under both names they would be billed twice.
   */
  async rebindCluster(name: string, uid: string): Promise<void> {
    const { tx } = this.#context;
    const before = await nameBefore(tx, name, uid);
    await this.#claim(name, uid, true);
    if (before === undefined) return;
    const open = await readOpenUsages(tx, before);
    await this.changeUsages(open.map((usage) => ({ usage, change: { state: "released" } })));
  }

  async decide(decision: Decision): Promise<void> {
    const { cluster, kind, subject, choice } = decision;
    await saveDecision(this.#context.tx, decision, this.#now);
    this.note({ action: "decision.save", subject, after: { kind, choice }, cluster });
  }

  async #claim(name: string, uid: string, byForce: boolean): Promise<void> {
    const { tx } = this.#context;
    const claimed = await claimCluster(tx, name, uid, this.#now, byForce);
    if (claimed)
      this.note({ action: "cluster.identify", subject: `cluster/${name}`, after: { uid }, cluster: name });
  }

  async savePlan(plan: StoredPlan): Promise<void> {
    await insertPlan(this.#context.tx, plan);
    this.note({
      action: "plan.save",
      subject: `plan/${plan.id}`,
      after: { hash: plan.hash, mode: plan.mode },
      cluster: plan.cluster,
    });
  }

  /** False: the plan is not in the state `from`; then nothing was noted either. */
  async movePlan(id: string, from: PlanState, to: PlanState, result: string): Promise<boolean> {
    const moved = await movePlan(this.#context.tx, id, from, to, result, this.#now);
    if (moved) {
      const cluster = await readPlanCluster(this.#context.tx, id);
      this.note({
        action: `plan.${to}`,
        subject: `plan/${id}`,
        before: { state: from },
        after: { state: to, result },
        cluster,
      });
    }
    return moved;
  }

  /** As it is within this transaction: the next change to it is not lost. */
  readIncident(id: string): Promise<IncidentRecord | undefined> {
    const { tx, locks } = this.#context;
    return readIncident(tx, id, locks);
  }

  async saveIncident(incident: IncidentRecord): Promise<void> {
    const { id, status, cluster } = incident;
    const title = checked(`the title of the incident ${id}`, incident.title, LENGTHS.title);
    const { tx } = this.#context;
    const known = await readIncidentStatus(tx, id);
    await saveIncident(tx, { ...incident, title });
    if (known === status) return;
    const before = known === undefined ? undefined : { status: known };
    const after = { status, title };
    this.note({ action: "incident.move", subject: `incident/${id}`, before, after, cluster });
  }

  /** An audit row for what happened outside of the ledger: a write to the cluster. */
  note(note: AuditNote): void {
    this.#notes.push(note);
  }

  /** Writes the audit rows that are left. The last thing in the transaction. */
  finish(): Promise<void> {
    return this.#writeNotes();
  }

  /** In between, so that those of many changes do not gather in memory. */
  async #writeNotes(): Promise<void> {
    const { tx, stamp, writeId } = this.#context;
    const notes = this.#notes.splice(0);
    await appendAudit(tx, notes, { ...stamp, writeId, at: this.#now });
  }

  async #poolAsDecided(cluster: string, name: string, fingerprint: string): Promise<LedgerPool> {
    const { tx, pools } = this.#context;
    const pool = await pools.readForUpdate(tx, cluster, name);
    if (pool === undefined || fingerprintOf(pool) !== fingerprint) {
      throw new StaleError(`the pool ${name} of the ledger`);
    }
    return pool;
  }
}

function usageSubject(usage: Pick<Usage, "namespace" | "service" | "ip">): string {
  return `service/${usage.namespace}/${usage.service}/${usage.ip}`;
}

/** A table of others has constraints of its own: which pool it refuses is said, since the rest waits for it. */
async function named<T>(pool: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof LedgerError || kindOf(error) !== "refused") throw error;
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new LedgerError(
      "refused",
      `the pool table refuses the pool ${pool} by a constraint of its own (${codeOf(error)}: ${line}); nothing was changed.`,
      codeOf(error),
    );
  }
}
