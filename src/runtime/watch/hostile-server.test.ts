/** Client and reflector together, over TLS, against a server that misbehaves on purpose. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClient, type KubeClient } from "../../client/index.ts";
import { type PuppetExchange, PuppetServer } from "../../client/testing/puppet-server.ts";
import { drainMicrotasks } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/index.ts";
import { ReflectorFixture, things } from "./testing/reflector-fixture.ts";
import { thing } from "./testing/scripted-client.ts";

let server: PuppetServer;
let fixture: ReflectorFixture;
let client: KubeClient;

beforeEach(async () => {
  server = await PuppetServer.start();
  // The client is made after the fixture, so that both are on one clock.
  const late: Pick<KubeClient, "list" | "watch"> = {
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options) => client.watch(resource, options),
  };
  const options = { idleTimeoutMs: 30_000, watchTimeoutSeconds: 300, resource: things };
  let ready = () => {};
  const gate = new Promise<void>((resolve) => {
    ready = resolve;
  });
  fixture = new ReflectorFixture(
    { ...late, list: (resource, listOptions) => gate.then(() => late.list(resource, listOptions)) },
    options,
  );
  client = createClient({ server: server.url, ca: server.authority.ca }, { kernel: fixture.kernel });
  ready();
});

afterEach(async () => {
  await fixture.stop();
  await client.close();
  await server[Symbol.asyncDispose]();
});

async function answerList(revision: string, items: readonly AnyObject[] = []): Promise<PuppetExchange> {
  const exchange = await server.next();
  expect(exchange.url.searchParams.get("watch")).toBeNull();
  exchange.json(200, { kind: "ThingList", metadata: { resourceVersion: revision }, items });
  return exchange;
}

async function acceptWatch(from: string): Promise<PuppetExchange> {
  const exchange = await server.next();
  expect(Object.fromEntries(exchange.url.searchParams)).toMatchObject({
    watch: "true",
    resourceVersion: from,
    allowWatchBookmarks: "true",
  });
  exchange.begin();
  return exchange;
}

function line(type: string, object: object): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

test("events arrive whatever pieces they are cut into, within a character too", async () => {
  await answerList("5");
  const watch = await acceptWatch("5");
  const bytes = Buffer.concat([
    line("ADDED", thing("a", "6", { note: "zażółć gęślą jaźń 🦔" })),
    line("MODIFIED", thing("a", "7", { note: "🧊" })),
  ]);
  for (const byte of bytes) await watch.write(Uint8Array.of(byte));
  await fixture.sink.until(3);
  expect(fixture.sink.lines).toEqual(["= 5", "+ a@6", "~ a@7"]);
  expect(fixture.sink.objects.get("a")?.note).toBe("🧊");
});

test("many events in one piece, with empty lines between them, arrive one by one", async () => {
  await answerList("5");
  const watch = await acceptWatch("5");
  const events = Array.from({ length: 500 }, (_, i) => line("ADDED", thing(`o${i}`, String(6 + i))));
  await watch.write(Buffer.concat(events.flatMap((each) => [each, Buffer.from("\r\n\n")])));
  await fixture.sink.until(501);
  expect(fixture.sink.lines.at(-1)).toBe("+ o499@505");
  expect(fixture.sink.objects.size).toBe(500);
});

test("a storm of 20,000 events arrives whole and in order, though it comes faster than it is taken", async () => {
  await answerList("5");
  const watch = await acceptWatch("5");
  const pieces: Promise<void>[] = [];
  for (let i = 0; i < 200; i++) {
    const events = Array.from({ length: 100 }, (_, j) => {
      const revision = 6 + i * 100 + j;
      return line("MODIFIED", thing("a", String(revision), { padding: "x".repeat(200) }));
    });
    pieces.push(watch.write(Buffer.concat(events)));
  }
  await Promise.all(pieces);
  await fixture.sink.until(20_001);
  expect(fixture.sink.lines).toEqual(["= 5", ...Array.from({ length: 20_000 }, (_, i) => `~ a@${6 + i}`)]);
});

test("an object of 1 MiB arrives, and what follows it too", async () => {
  await answerList("5", [thing("big", "4", { data: "ä".repeat(1 << 19) })]);
  const watch = await acceptWatch("5");
  await watch.event("MODIFIED", thing("big", "6", { data: "ö".repeat(1 << 19) }));
  await watch.event("ADDED", thing("small", "7"));
  await fixture.sink.until(3);
  expect(fixture.sink.objects.get("big")?.data).toBe("ö".repeat(1 << 19));
  expect(fixture.sink.lines.at(-1)).toBe("+ small@7");
});

test("a connection cut in the middle of a line loses that line only until it comes again", async () => {
  await answerList("5");
  const first = await acceptWatch("5");
  await first.event("ADDED", thing("a", "6"));
  await fixture.sink.until(2);
  await first.write(line("MODIFIED", thing("a", "7")).subarray(0, 30));
  first.cut();
  const second = await acceptWatch("6");
  await second.event("MODIFIED", thing("a", "7"));
  await fixture.sink.until(3);
  expect(fixture.sink.lines).toEqual(["= 5", "+ a@6", "~ a@7"]);
});

test("an answer that ends in the middle of a line is taken for one that broke off", async () => {
  await answerList("5");
  const first = await acceptWatch("5");
  await first.event("ADDED", thing("a", "6"));
  await first.write(line("MODIFIED", thing("a", "7")).subarray(0, 30));
  first.end();
  const second = await acceptWatch("6");
  await second.event("MODIFIED", thing("a", "7"));
  await fixture.sink.until(3);
  expect(fixture.sink.lines).toEqual(["= 5", "+ a@6", "~ a@7"]);
});

test("a line that is not JSON ends that watch, and nothing after it is believed", async () => {
  await answerList("5");
  const first = await acceptWatch("5");
  await first.write(`<html>502</html>\n${line("ADDED", thing("a", "6"))}`);
  await acceptWatch("5");
  expect(fixture.sink.lines).toEqual(["= 5"]);
});

test("a half-open connection is noticed within the idle time and replaced, and no event is missed", async () => {
  await answerList("5");
  const first = await acceptWatch("5");
  await first.event("ADDED", thing("a", "6"));
  await fixture.sink.until(2);
  fixture.clock.advance(30_000);
  const second = await acceptWatch("6");
  await first.closed;
  await second.event("ADDED", thing("b", "7"));
  await fixture.sink.until(3);
  expect(fixture.sink.lines).toEqual(["= 5", "+ a@6", "+ b@7"]);
});

test("a line that drips in for ever does not count as a sign of life", async () => {
  await answerList("5");
  const first = await acceptWatch("5");
  const bytes = line("ADDED", thing("a", "6", { data: "x".repeat(100) }));
  for (let i = 0; i < 15; i++) {
    await first.write(bytes.subarray(i, i + 1));
    fixture.clock.advance(2_000);
    await drainMicrotasks();
  }
  await acceptWatch("5");
  await first.closed;
});

test("a server that accepts no watch is not waited for longer than the idle time", async () => {
  await answerList("5");
  const silent = await server.next();
  fixture.clock.advance(30_000);
  await silent.closed;
  await acceptWatch("5");
});

test("a server that answers every watch with 410 gets lists ever more rarely", async () => {
  const waits: number[] = [];
  for (let round = 0; round < 4; round++) {
    await answerList(String(10 + round));
    (await server.next()).status(410, "Expired");
    if (round > 0) waits.push(await fixture.skipBackOff());
  }
  await answerList("20");
  const watch = await acceptWatch("20");
  await watch.event("ADDED", thing("a", "21"));
  await fixture.sink.until(6);
  expect(waits[1]).toBeGreaterThan(1600);
  expect(waits[2]).toBeGreaterThan(3200);
  expect(fixture.sink.lines).toEqual(["= 10", "= 11", "= 12", "= 13", "= 20", "+ a@21"]);
});

test("410 in the middle of a watch, as an event, leads to a list", async () => {
  await answerList("5", [thing("a", "3")]);
  const first = await acceptWatch("5");
  await first.event("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old" });
  await answerList("50");
  await acceptWatch("50");
  expect(fixture.sink.lines).toEqual(["= 5 a", "= 50"]);
});

test("a list may be compressed and its watch is not", async () => {
  const list = await server.next();
  list.gzip(200, { metadata: { resourceVersion: "5" }, items: [thing("a", "3")] });
  const watch = await server.next();
  expect(watch.request.headers["accept-encoding"]).toBe("identity");
  watch.begin({ "content-encoding": "gzip" });
  const again = await acceptWatch("5");
  await again.event("ADDED", thing("b", "6"));
  await fixture.sink.until(2);
  expect(fixture.sink.lines).toEqual(["= 5 a", "+ b@6"]);
});

test("a watch that is ended in good order is resumed on the spot", async () => {
  await answerList("5");
  const first = await acceptWatch("5");
  await first.event("BOOKMARK", { kind: "Thing", metadata: { resourceVersion: "9" } });
  await fixture.sink.until(2);
  first.end();
  await acceptWatch("9");
  expect(fixture.stateNames).toEqual(["listing", "watching", "watching"]);
});

test("stopping closes the connection", async () => {
  await answerList("5");
  const watch = await acceptWatch("5");
  await fixture.reached("watching");
  await fixture.stop();
  await watch.closed;
});
