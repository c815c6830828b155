/** The record of decisions, written by following the API: the same on each database. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SUBNET_CLAIMS, SUBNETS } from "../../src/api/index.ts";
import { onEachDatabase } from "../../src/balancers/ledger/testing/on-each-database.ts";
import { createTestDatabase, type TestDatabase } from "../../src/balancers/ledger/testing/test-databases.ts";
import { RequestNotes } from "../../src/history/index.ts";
import type { RequestNote } from "../../src/history/requesters.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { FleetWorld, NAMESPACE } from "./fleet-world.ts";
import { HistoryWorld } from "./history-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator();
});
afterAll(() => world.stop());

onEachDatabase((database, server) => {
  let history: HistoryWorld;
  beforeEach(async () => {
    history = await HistoryWorld.open(world, database);
  });
  afterEach(() => history.close());

  test("PX-17 the life of a block is recorded, with who asked and who allocated, and is found by its address", async () => {
    const pool = `corp-${server.dialect}`;
    history.start();
    await world.pool(pool, "10.0.0.0/16");
    await world.claim(`shop-${server.dialect}`, pool, { blockSize: 24 });
    const claim = await world.bound(`shop-${server.dialect}`);
    const cidr = claim.status?.allocatedCIDR ?? "";
    await history.untilCaughtUp();
    const held = await history.tenures(cidr);
    expect(held).toMatchObject([{ tenure: { cidr, pool, claim: claim.metadata.name, hold: "allocated" } }]);
    expect(held[0]?.begun).toMatchObject({
      what: "allocated",
      actor: "plexaubnet-operator",
      actor_from: "manager",
    });
    expect(held[0]?.asked).toMatchObject({ kind: "SubnetClaim", what: "created", uid: claim.metadata.uid });
    await world.delete(SUBNET_CLAIMS, claim.metadata.name);
    await world.untilAll(SUBNETS, (subnets) =>
      [...subnets.values()].every(({ spec }) => spec.cidr !== cidr || spec.poolRef !== pool),
    );
    await history.untilCaughtUp();
    const after = await history.tenures(`${cidr.replace("0/24", "77")}`);
    expect(after.at(0)?.tenure.open_mark).toBeNull();
    expect(after.at(0)?.ended).toBeDefined();
    const at = (await history.tenures(cidr, held[0]?.tenure.from_at)).map(({ tenure }) => tenure.claim);
    expect(at).toContain(claim.metadata.name);
    expect(await history.tenures(cidr, "2020-01-01T00:00:00.000Z")).toEqual([]);
    expect(await history.verify()).toMatchObject({ sound: true });
  });
});

describe("with the webhook", () => {
  let attended: FleetWorld;
  let database: TestDatabase;
  let history: HistoryWorld;
  let notes: RequestNotes;
  beforeAll(async () => {
    attended = await FleetWorld.start();
    database = await createTestDatabase({ name: "SQLite", dialect: "sqlite", url: "sqlite:" });
    history = await HistoryWorld.open(attended, database);
    const { target } = database;
    notes = new RequestNotes({ target, client: attended.newClient(), kernel: systemKernel });
    const onAllowed = (request: RequestNote) => notes.add(request);
    await attended.startOperator({ webhook: { port: 0, namespace: NAMESPACE, onAllowed } });
  });
  afterAll(async () => {
    await notes.stop();
    await history.close();
    await attended.stop();
    await database.dispose();
  });

  test("PX-17 who requested a block and who deleted its claim are users, of the webhook's reviews", async () => {
    // Long enough for the notes of any replica to be stored first.
    history.start({ lingerMs: 1_000 });
    await attended.pool("corp", "10.0.0.0/16");
    await attended.claim("web", "corp");
    const { metadata, status } = await attended.bound("web");
    await history.untilCaughtUp();
    const [held] = await history.tenures(status?.allocatedCIDR ?? "");
    const user = held?.asked?.actor ?? "";
    expect(held?.asked).toMatchObject({ uid: metadata.uid, actor_from: "user" });
    expect(user).not.toBe("");
    await attended.delete(SUBNET_CLAIMS, "web");
    await attended.untilAll(SUBNETS, (subnets) => subnets.size === 0);
    await history.untilCaughtUp();
    const { decisions } = await history.record.ask({
      subject: { by: "claim", name: "web" },
      since: "0",
      limit: 50,
    });
    const deleted = decisions.find(({ what, kind }) => what === "deleted" && kind === "SubnetClaim");
    expect(deleted).toMatchObject({ actor: user, actor_from: "user" });
    expect(await history.verify()).toMatchObject({ sound: true });
  });
});
