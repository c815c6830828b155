/**
 * The record of two real replicas, of which the leader is killed and paused: each decision once, in one
 * chain.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SUBNET_CLAIMS } from "../../src/api/index.ts";
import { openDatabase } from "../../src/balancers/ledger/database.ts";
import type { HistoryTables } from "../../src/history/tables.ts";
import { FleetWorld, NAMESPACE } from "../integration/fleet-world.ts";
import { ShownDecisions } from "../integration/shown-decisions.ts";
import { RunProcess, writeKubeconfig } from "./run-process.ts";
import { plexaubnet, type Scratch, scratch } from "./up-process.ts";

const LEADS = "This process is the leader";
const WAITS = "Another process is the leader";

let folder: Scratch;
let world: FleetWorld;
let kubeconfig: string;
let file: string;
beforeAll(async () => {
  folder = scratch();
  world = await FleetWorld.start();
  kubeconfig = writeKubeconfig(folder.path, world.server.kubeconfig());
  file = join(folder.path, "history.db");
  await world.pool("prod", "10.0.0.0/16", { defaultBlockSize: 28 });
});
afterAll(async () => {
  await world.stop();
  folder[Symbol.dispose]();
});

function replica(): RunProcess {
  return new RunProcess([
    `--kubeconfig=${kubeconfig}`,
    `--history=sqlite:${file}`,
    "--leader-elect",
    `--leader-election-namespace=${NAMESPACE}`,
    "--metrics-bind-address=0",
    "--lease-duration=8s",
    "--renew-deadline=7s",
    "--retry-period=300ms",
  ]);
}

async function claimMany(prefix: string, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  await Promise.all(names.map((name) => world.claim(name, "prod")));
  return names;
}

async function watched(): Promise<readonly string[]> {
  const db = await openDatabase<HistoryTables>({ dialect: "sqlite", path: file });
  try {
    const rows = await db.selectFrom("history_rows").selectAll().where("origin", "=", "watch").execute();
    return rows.map(({ uid, what, revision }) => `${uid} ${what} ${revision}`).sort();
  } finally {
    await db.destroy();
  }
}

async function checkpoints(): Promise<number> {
  const db = await openDatabase<HistoryTables>({ dialect: "sqlite", path: file });
  try {
    return (await db.selectFrom("history_checkpoints").selectAll().execute()).length;
  } catch {
    return 0;
  } finally {
    await db.destroy();
  }
}

test("PX-17 with two replicas, of which one is killed and one is paused, every decision is recorded once", async () => {
  await using first = replica();
  await first.said(LEADS);
  await using second = replica();
  await second.said(WAITS);
  await expect.poll(checkpoints).toBe(4);
  const shown = new ShownDecisions(world.newClient());
  await shown.ready();
  const names = [...(await claimMany("killed", 60))];
  first.signal("SIGKILL");
  names.push(...(await claimMany("after-kill", 20)));
  for (const name of names.slice(0, 20)) await world.delete(SUBNET_CLAIMS, name);
  await second.said(LEADS);
  await using third = replica();
  await third.said(WAITS);
  names.push(...(await claimMany("paused", 40)));
  second.signal("SIGSTOP");
  await third.said(LEADS);
  const more = claimMany("taken-over", 20);
  // In the middle of what the new leader records.
  second.signal("SIGCONT");
  names.push(...(await more));
  expect(await second.ended).toBe(1);
  for (const name of names.slice(20)) await world.bound(name);
  await expect.poll(watched).toEqual(shown.all);
  expect(shown.all.length).toBeGreaterThan(400);
  await shown.close();
  const verified = await plexaubnet(["history", "--verify", `--history=sqlite:${file}`]);
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining("each of which follows") });
  const asked = await plexaubnet(["history", "killed-0", `--history=sqlite:${file}`]);
  expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining("deleted") });
});
