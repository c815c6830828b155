/**
 * Records what a watcher saw, in transactions: the changes of a watch, or what a list shows to have changed.
 * Whatever is recorded already adds nothing, so a batch may come again, from this process or from another.
 */
import type { Transaction } from "kysely";
import type { DialectName } from "../balancers/ledger/connection-string.ts";
import { compareRevisions, isComparableRevision } from "../kube/index.ts";
import { ChainWriter, type Sighting } from "./chain-writer.ts";
import type { Checkpoint, ListEntry, WatchEntry } from "./entry.ts";
import type { Facts, Observed } from "./facts.ts";
import { portions } from "./portions.ts";
import { readRequesters } from "./request-table.ts";
import type { HistoryTables } from "./tables.ts";

type Tx = Transaction<HistoryTables>;

export interface RecordContext {
  readonly tx: Tx;
  readonly dialect: DialectName;
  readonly stream: string;
  /** RFC 3339. */
  readonly now: string;
}

/** How many rows it came to, and the end of the chain. */
export interface RecordOutcome {
  readonly rows: number;
  readonly gaps: number;
  readonly end: { readonly seq: number; readonly hash: string };
}

/** Whether a list is of an earlier revision than what was recorded before it was asked for. */
export function wentBack(basis: Checkpoint | undefined, revision: string): boolean {
  return basis !== undefined && isAfter(basis.revision, revision);
}

function isAfter(revision: string, other: string): boolean {
  if (!isComparableRevision(revision) || !isComparableRevision(other)) return revision !== other;
  return compareRevisions(revision, other) > 0;
}

export async function recordChanges(
  { tx, dialect, stream, now }: RecordContext,
  entries: readonly WatchEntry[],
  isNewLife = false,
): Promise<RecordOutcome> {
  const chain = await ChainWriter.open(tx, dialect, stream, now);
  if (isNewLife) noteNewLife(chain, entries);
  const checkpoints = await readCheckpoints(tx, stream);
  const reached = new Map(checkpoints.map((each) => [`${each.kind}/${each.scope}`, each]));
  const fresh = entries.filter(({ kind, scope, revision }) => {
    const known = reached.get(`${kind}/${scope}`);
    return known === undefined || isAfter(revision, known.revision);
  });
  const uids = [...new Set(fresh.flatMap(({ change }) => change?.observed.facts.uid ?? []))];
  const states = await readStates(tx, stream, uids);
  const gone = await goneAmong(
    tx,
    stream,
    uids.filter((uid) => !states.has(uid)),
  );
  const requesters = await readRequesters(tx, stream, uids);
  for (const { change, revision, observedAt, after } of fresh) {
    if (change === undefined) continue;
    const { facts } = change.observed;
    const before = states.get(facts.uid);
    const sighting: Sighting = { origin: "watch", revision, observedAt, after };
    // Of an object that is gone a watch shows nothing any more, unless it shows what was recorded again.
    if (before === undefined ? gone.has(facts.uid) : !isAfter(revision, before.revision)) continue;
    if (change.isGone) {
      if (before === undefined) chain.observe(undefined, change.observed, sighting, { requesters });
      chain.remove(before ?? facts, sighting, requesters);
      states.delete(facts.uid);
      gone.add(facts.uid);
    } else {
      chain.observe(before, change.observed, sighting, { requesters });
      states.set(facts.uid, facts);
    }
  }
  await chain.finish();
  for (const entry of lastOfEach(fresh)) await storeCheckpoint(tx, stream, entry);
  return { rows: chain.rows.length, gaps: 0, end: chain.end };
}

/**
 * The same change at the same revision twice: the API server went back, and came past where it was before
 * this was noticed.
 */
function noteNewLife(chain: ChainWriter, [first]: readonly WatchEntry[]): void {
  if (first === undefined) return;
  const { kind, scope, revision, observedAt, after } = first;
  chain.beginLife();
  const reason = `The API server has revisions again that it had before, from ${revision} on: it was restored from a backup, or replaced.`;
  chain.note("gap", { kind, scope, reason }, { origin: "watch", revision, observedAt, after });
}

/** The last of each watch. */
function lastOfEach(entries: readonly WatchEntry[]): Checkpoint[] {
  const last = new Map<string, Checkpoint>();
  for (const { kind, scope, revision, observedAt } of entries) {
    const key = `${kind}/${scope}`;
    const known = last.get(key);
    if (known === undefined || isAfter(revision, known.revision))
      last.set(key, { kind, scope, revision, seenAt: observedAt });
  }
  return [...last.values()];
}

/**
 * Another process has recorded more of it since this list was asked for; it may be older than what is
 * recorded.
 */
export class StaleListError extends Error {}

/**
 * A part of a list, against the recorded state: what it has, or the objects of the record that it has not.
 */
export type ListPart =
  /** The first part, where the server went back. */
  | { readonly isNewLife: true }
  | { readonly have: readonly Observed[] }
  | { readonly missing: readonly Facts[] }
  /** The last part: the list is recorded whole. */
  | { readonly done: true };

/** @param basis the checkpoint that was recorded before the list was asked for. @throws StaleListError */
export async function recordListPart(
  { tx, dialect, stream, now }: RecordContext,
  list: Omit<ListEntry, "objects">,
  basis: Checkpoint | undefined,
  part: ListPart,
): Promise<RecordOutcome> {
  const chain = await ChainWriter.open(tx, dialect, stream, now);
  const known = await readCheckpoints(tx, stream);
  const current = known.find(({ kind, scope }) => kind === list.kind && scope === list.scope);
  if (current?.revision !== basis?.revision) throw new StaleListError("the record has gone on meanwhile");
  const { revision, observedAt } = list;
  const sighting: Sighting = { origin: "list", revision, observedAt, after: basis?.seenAt };
  if ("isNewLife" in part) chain.beginLife();
  else if ("missing" in part) {
    const states = await readStates(
      tx,
      stream,
      part.missing.map(({ uid }) => uid),
    );
    const requesters = await readRequesters(tx, stream, [...states.keys()]);
    for (const facts of states.values()) chain.remove(facts, sighting, requesters);
  } else if ("have" in part) await observeListed({ tx, stream, chain, sighting, basis }, part.have);
  else noteList(chain, list, basis, sighting);
  await chain.finish();
  if ("done" in part) await storeCheckpoint(tx, stream, { ...list, seenAt: observedAt });
  const gaps = chain.rows.filter(({ what }) => what === "gap").length;
  return { rows: chain.rows.length, gaps, end: chain.end };
}

interface ListedContext {
  readonly tx: Tx;
  readonly stream: string;
  readonly chain: ChainWriter;
  readonly sighting: Sighting;
  readonly basis: Checkpoint | undefined;
}

async function observeListed(
  { tx, stream, chain, sighting, basis }: ListedContext,
  objects: readonly Observed[],
): Promise<void> {
  const uids = objects.map(({ facts }) => facts.uid);
  const states = await readStates(tx, stream, uids);
  const gone = await goneAmong(
    tx,
    stream,
    uids.filter((uid) => !states.has(uid)),
  );
  const requesters = await readRequesters(tx, stream, uids);
  const hasGoneBack = wentBack(basis, sighting.revision);
  for (const observed of objects) {
    const { uid, revision } = observed.facts;
    const before = states.get(uid);
    if (
      before !== undefined &&
      (revision === before.revision || (!hasGoneBack && isAfter(before.revision, revision)))
    )
      continue;
    chain.observe(before, observed, sighting, { wasGone: gone.has(uid), requesters });
  }
}

function noteList(
  chain: ChainWriter,
  { kind, scope, revision }: Omit<ListEntry, "objects">,
  basis: Checkpoint | undefined,
  sighting: Sighting,
): void {
  if (basis === undefined) {
    const reason = `The record of ${kind}s begins with what exists; what was deleted before is not known.`;
    chain.note("started", { kind, scope, reason }, sighting);
    return;
  }
  // Nothing was written in between.
  if (basis.revision === revision) return;
  const reason = wentBack(basis, revision)
    ? `The API server went back from revision ${basis.revision} to ${revision}: it was restored from a backup, or replaced.`
    : `The API no longer has the changes of ${kind}s between the revisions ${basis.revision} and ${revision}: what was created and deleted in between is not recorded, and of other changes only the result.`;
  chain.note("gap", { kind, scope, reason }, sighting);
}

export async function readCheckpoints(tx: Pick<Tx, "selectFrom">, stream: string): Promise<Checkpoint[]> {
  const rows = await tx.selectFrom("history_checkpoints").selectAll().where("stream", "=", stream).execute();
  return rows.map(({ kind, scope, revision, seen_at }) => ({ kind, scope, revision, seenAt: seen_at }));
}

async function storeCheckpoint(tx: Tx, stream: string, checkpoint: Checkpoint): Promise<void> {
  const { kind, scope, revision, seenAt: seen_at } = checkpoint;
  const { numUpdatedRows } = await tx
    .updateTable("history_checkpoints")
    .set({ revision, seen_at })
    .where("stream", "=", stream)
    .where("kind", "=", kind)
    .where("scope", "=", scope)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return;
  await tx.insertInto("history_checkpoints").values({ stream, kind, scope, revision, seen_at }).execute();
}

async function readStates(tx: Tx, stream: string, uids: readonly string[]): Promise<Map<string, Facts>> {
  const found = new Map<string, Facts>();
  for (const some of portions(uids)) {
    const rows = await tx
      .selectFrom("history_objects")
      .select(["uid", "facts"])
      .where("stream", "=", stream)
      .where("kind", "in", ["Subnet", "SubnetClaim", "SubnetPool", "SubnetPoolClaim"])
      .where("uid", "in", [...some])
      .execute();
    for (const { uid, facts } of rows) found.set(uid, JSON.parse(facts) as Facts);
  }
  return found;
}

/** Those that were recorded as deleted. */
async function goneAmong(tx: Tx, stream: string, uids: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const some of portions(uids)) {
    const rows = await tx
      .selectFrom("history_rows")
      .select("uid")
      .where("stream", "=", stream)
      .where("uid", "in", [...some])
      .where("what", "=", "deleted")
      .execute();
    for (const { uid } of rows) found.add(uid);
  }
  return found;
}
