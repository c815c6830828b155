import { afterAll, beforeAll, expect, test } from "vitest";
import { SUBNET_CLAIMS } from "../../src/api/index.ts";
import type {
  ActivityAnswer,
  AtAnswer,
  BalancersAnswer,
  ChangeEvent,
  ClaimsAnswer,
  FreeAnswer,
  HealthAnswer,
  MapAnswer,
  ObjectAnswer,
  PoolsAnswer,
  SearchAnswer,
  SessionAnswer,
  TrendAnswer,
  WhatIfAnswer,
} from "../../src/console/answers.ts";
import { type ConsoleWorld, consoleWorld, eventsOf } from "./console-world.ts";
import { FleetWorld } from "./fleet-world.ts";

let world: FleetWorld;
let web: ConsoleWorld;
let cookie = "";

beforeAll(async () => {
  world = await FleetWorld.start();
  web = await consoleWorld(world);
  const opened = await web.call(web.console.link());
  cookie = String(opened.headers["set-cookie"]).split(";")[0] ?? "";
  await world.pool("corp", "10.0.0.0/16", { reserved: [{ cidr: "10.0.255.0/24", reason: "links" }] });
  await world.poolClaim("prod", "corp", 20);
  await world.claim("payments", "prod");
  await world.claim("huge", "corp", { blockSize: 16 });
  await world.bound("payments");
  await world.until(SUBNET_CLAIMS, "huge", ({ status }) => status?.conditions !== undefined);
  await world.poolShows("corp", (status) => status.allocatedCount === 1);
});
afterAll(async () => {
  await web.stop();
  await world.stop();
});

async function get<T>(path: string): Promise<T> {
  const { code, json, text } = await web.call<T>(path);
  if (code !== 200) throw new Error(`${path}: ${code} ${text}`);
  return json;
}

test("CN-08 a session names what is shown, and what the viewer may do", async () => {
  expect(await get<SessionAnswer>("/api/session")).toMatchObject({
    cluster: "a test",
    access: "caller",
    connection: { state: "live" },
    namespaces: ["fleet"],
    claimNamespaces: ["fleet"],
    hasLedger: false,
    home: { namespace: "fleet", pool: "corp" },
  });
});

test("CN-05 pools come as a tree, sorted, filtered and in pages", async () => {
  const tree = await get<PoolsAnswer>("/api/pools?tree=1");
  expect(tree.rows.map(({ pool, depth }) => [pool, depth])).toEqual([
    ["corp", 0],
    ["prod", 1],
  ]);
  expect(tree.rows[0]).toMatchObject({
    cidr: "10.0.0.0/16",
    childCount: 1,
    blockCount: 1,
    usePercent: 6.25,
    waitingCount: 1,
    largestFreeLength: 18,
    complaints: [],
  });
  expect((await get<PoolsAnswer>("/api/pools?sort=use&order=desc&limit=1")).rows[0]?.pool).toBe("corp");
  expect((await get<PoolsAnswer>("/api/pools?filter=10.0.0.1")).total).toBe(2);
  expect(await get<PoolsAnswer>("/api/pools?filter=PRO&offset=1")).toMatchObject({ rows: [], total: 1 });
  expect((await get<PoolsAnswer>("/api/pools?parent=corp")).rows.map(({ pool }) => pool)).toEqual(["prod"]);
});

test("CN-01 the map has a lane for the pool and one for its child pools", async () => {
  const map = await get<MapAnswer>("/api/map?namespace=fleet&pool=corp&cells=256");
  expect(map).toMatchObject({ cellLength: 24, cellCount: 256, from: "10.0.0.0", to: "10.0.255.255" });
  expect(map.lanes.map(({ depth, start, state }) => ({ depth, start, state }))).toEqual([
    { depth: 0, start: [0, 16, 255], state: [6, 0, 4] },
    { depth: 1, start: [0, 1], state: [1, 0] },
  ]);
  expect(map.blocks).toMatchObject(
    [
      { cidr: "10.0.0.0/20", child: "prod" },
      { cidr: "10.0.0.0/24", pool: "prod", cluster: "payments", claim: "payments" },
    ].slice(0, map.blocks.length),
  );
  const window = await get<MapAnswer>("/api/map?namespace=fleet&pool=corp&cidr=10.0.0.0/24&cells=16");
  expect(window).toMatchObject({ cellLength: 28, from: "10.0.0.0", to: "10.0.0.255" });
});

test("CN-02 a point knows its block, its neighbours and its pools", async () => {
  const { place } = await get<AtAnswer>("/api/at?address=10.0.0.77");
  expect(place).toMatchObject({
    pool: "prod",
    state: "allocated",
    cidr: "10.0.0.0/24",
    addresses: "256",
    cluster: "payments",
    claim: "payments",
    neighbours: [
      { side: "below", what: "edge of the pool" },
      { side: "above", what: "free", cidr: "10.0.1.0/24" },
    ],
  });
  expect(place?.trail.map(({ pool }) => pool)).toEqual(["corp", "prod"]);
  const free = await get<AtAnswer>("/api/at?namespace=fleet&pool=corp&address=10.0.200.1");
  expect(free.place).toMatchObject({ state: "free", cidr: "10.0.192.0/19" });
  const reserved = await get<AtAnswer>("/api/at?cidr=10.0.255.0/28");
  expect(reserved.place).toMatchObject({ state: "reserved", note: "links", cidr: "10.0.255.0/24" });
  expect(await get<AtAnswer>("/api/at?address=192.0.2.1")).toEqual({ at: "192.0.2.1", others: [] });
});

test("CN-02 an object is explained in the sentences of the command", async () => {
  const claim = await get<ObjectAnswer>("/api/object?kind=SubnetClaim&namespace=fleet&name=huge");
  expect(claim).toMatchObject({ state: "Pending", reason: "PoolExhausted" });
  expect(claim.sentences[0]).toBe(
    "SubnetClaim huge requests a /16 of pool corp for cluster huge, and is not Bound.",
  );
  expect(claim.commands.kubectl).toBe("kubectl get subnetclaims huge -n fleet -o yaml");
  expect(claim.yaml).toContain("kind: SubnetClaim");
  expect(claim.yaml).not.toContain("managedFields");
  expect(claim.related).toEqual([{ as: "its pool", kind: "SubnetPool", name: "corp" }]);
  expect(claim.conditions.map(({ type }) => type)).toContain("Ready");
});

test("CN-02 an object shows its Events", async () => {
  const reasons = async () => {
    const path = "/api/object?kind=SubnetClaim&namespace=fleet&name=payments";
    return (await get<ObjectAnswer>(path)).events?.map(({ reason }) => reason);
  };
  await expect.poll(reasons).toContain("SubnetAllocated");
});

test("CN-04 a search finds an address, a CIDR, a cluster and a name", async () => {
  const found = async (q: string) =>
    (await get<SearchAnswer>(`/api/search?q=${encodeURIComponent(q)}`)).hits.map(({ what, title }) => [
      what,
      title,
    ]);
  expect(await found("10.0.0.9")).toEqual([["address", "10.0.0.0/24"]]);
  expect(await found("10.0.64.0/18")).toEqual([["address", "10.0.64.0/18"]]);
  expect((await found("pay")).map(([what]) => what)).toEqual(expect.arrayContaining(["cluster", "claim"]));
  expect((await found("corp"))[0]).toEqual(["pool", "corp"]);
  expect(await found("")).toEqual([]);
  expect(await found("no such thing")).toEqual([]);
});

test("CN-05 claims that wait have their reason, and what was decided has its sentence", async () => {
  const claims = await get<ClaimsAnswer>("/api/claims");
  expect(claims.counts).toEqual({ bound: 2, waiting: 1 });
  expect(claims.rows).toMatchObject([
    { name: "huge", wants: "/16", phase: "Pending", reason: "PoolExhausted" },
  ]);
  expect((await get<ClaimsAnswer>("/api/claims?state=bound&sort=name")).rows.map(({ name }) => name)).toEqual(
    ["payments", "prod"],
  );
  const { entries } = await get<ActivityAnswer>("/api/activity?pool=prod");
  expect(entries.map(({ sentence }) => sentence)).toContain(
    "SubnetClaim payments is Bound to 10.0.0.0/24 of pool prod.",
  );
});

test("CN-03 free space is listed, and a what-if changes nothing", async () => {
  const free = await get<FreeAnswer>("/api/free?namespace=fleet&pool=prod&length=24&limit=2&offset=1");
  expect(free).toMatchObject({ total: 15, blocks: ["10.0.2.0/24", "10.0.3.0/24"] });
  const maximal = await get<FreeAnswer>("/api/free?namespace=fleet&pool=prod");
  expect(maximal.blocks).toEqual(["10.0.1.0/24", "10.0.2.0/23", "10.0.4.0/22", "10.0.8.0/21"]);
  const before = await get<MapAnswer>("/api/map?namespace=fleet&pool=prod");
  const { code, json } = await web.post<WhatIfAnswer>("/api/what-if", {
    namespace: "fleet",
    pool: "prod",
    length: 22,
    cluster: "shop",
  });
  expect(code).toBe(200);
  expect(json).toMatchObject({
    cidr: "10.0.4.0/22",
    mayCreate: true,
    before: { usePercent: 6.25 },
    after: { usePercent: 31.25 },
  });
  expect(json.command).toBe("plexaubnet claim prod --cluster shop --size 22 -n fleet");
  expect((await get<MapAnswer>("/api/map?namespace=fleet&pool=prod")).lanes).toEqual(before.lanes);
  const taken = await web.post<WhatIfAnswer>("/api/what-if", {
    namespace: "fleet",
    pool: "prod",
    cidr: "10.0.0.0/24",
  });
  expect(taken.json.cidr).toBeUndefined();
  expect(taken.json.message).toMatch(
    /^The claim would wait: spec\.requestedCIDR: 10\.0\.0\.0\/24 is taken by /,
  );
  const twice = await web.post<WhatIfAnswer>("/api/what-if", {
    namespace: "fleet",
    pool: "prod",
    cluster: "payments",
  });
  expect(twice.json.message).toContain("claim payments");
});

test("CN-03 a claim is created with the rights of the viewer, and gets what was shown", async () => {
  const body = { namespace: "fleet", pool: "prod", length: 26, cluster: "made-here", name: "made-here" };
  const shown = await web.post<WhatIfAnswer>("/api/what-if", body);
  expect((await web.post("/api/claims", body)).code).toBe(201);
  expect((await world.bound("made-here")).status?.allocatedCIDR).toBe(shown.json.cidr);
  const again = await web.post("/api/claims", body);
  expect([again.code, again.json.reason]).toEqual([400, "Invalid"]);
  expect(again.json.message).toContain("already exists");
});

test("CN-05 the trend ends with the use of now", async () => {
  const { points } = await get<TrendAnswer>("/api/trend?namespace=fleet&pool=corp");
  expect(points).toHaveLength(60);
  expect(points.at(-1)?.usePercent).toBe(6.25);
});

test("CN-06 without a ledger and without MetalLB, both are said", async () => {
  const answer = await get<BalancersAnswer>("/api/balancers");
  expect(answer.ledgerMessage).toMatch(/^No ledger is configured: /);
  expect(answer.clusterMessage).toMatch(/^This cluster does not serve IPAddressPools: install MetalLB/);
  expect(await get("/api/incidents")).toMatchObject({ rows: [], ledgerMessage: expect.any(String) });
  expect((await web.call("/api/incidents/INC-1")).code).toBe(502);
});

test("CN-07 its health names the watches and the queues", async () => {
  const health = await get<HealthAnswer>("/api/health");
  expect(health.sentence).toMatch(/^The operator runs in this process/);
  expect(health.watches.map(({ kind, isSynced }) => [kind, isSynced])).toContainEqual(["Subnet", true]);
  expect(health.queues?.map(({ controller }) => controller)).toContain("PoolStatus");
});

test("CN-07 a change arrives as an event with its pools and what was decided", async () => {
  const events = eventsOf(web, cookie);
  const first = await events.next();
  expect(first.value).toMatchObject({ name: "connection", data: { state: "live" } });
  await events.next();
  await world.claim("live", "prod");
  const seen: ChangeEvent[] = [];
  for await (const { name, data } of events) {
    if (name === "change") seen.push(data as ChangeEvent);
    if (
      seen.some(({ activity }) => activity.some(({ what, name: who }) => what === "bound" && who === "live"))
    )
      break;
  }
  expect(new Set(seen.flatMap(({ pools }) => pools))).toEqual(new Set(["fleet/prod", "fleet/corp"]));
});

test("CN-07 a page that was away gets what it has missed, and everything where that is not known", async () => {
  const events = eventsOf(web, cookie);
  await events.next();
  const { value: known } = await events.next();
  await events.return(undefined);
  await world.claim("missed", "prod");
  await world.bound("missed");
  const caughtUp = async () => {
    const again = eventsOf(web, cookie, known?.id);
    await again.next();
    const { value } = await again.next();
    await again.return(undefined);
    return (value?.data as ChangeEvent).activity.map(({ name }) => name);
  };
  await expect.poll(caughtUp).toContain("missed");
  const foreign = eventsOf(web, cookie, "another-run-7");
  await foreign.next();
  expect((await foreign.next()).value?.data).toMatchObject({ everything: true });
  await foreign.return(undefined);
});
