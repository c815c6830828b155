/** How many requests the API gets for one decision that fails, over the wire: each kind of failure is retried by one layer. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClient, type KubeClient, type RequestObservation } from "../../client/index.ts";
import { type PuppetExchange, PuppetServer } from "../../client/testing/puppet-server.ts";
import { controller } from "../controller.ts";
import { settled } from "../testing/one-controller.ts";
import { RuntimeFixture } from "../testing/runtime-fixture.ts";
import { stored, thing, things } from "../testing/things.ts";
import type { ReconcileReport } from "./workers.ts";

let server: PuppetServer;
let client: KubeClient;
let fixture: RuntimeFixture;
let reports: ReconcileReport[];
let requests: RequestObservation[];

/** What was sent, and how it ended. */
const counted = () => requests.map(({ method, code }) => `${method} ${code}`);

beforeEach(async () => {
  server = await PuppetServer.start();
  fixture = new RuntimeFixture();
  reports = [];
  requests = [];
  client = createClient(
    { server: server.url, ca: server.authority.ca },
    { kernel: fixture.kernel, onRequest: (request) => requests.push(request) },
  );
});

afterEach(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

const found = stored(thing("a", { size: 1 }), "5");

/** A controller that patches one object. It is listed and watched elsewhere, so that all requests are the decision's own. */
async function decideOnce(): Promise<void> {
  const watched = fixture.api;
  watched.put(things, found);
  const manager = fixture.manager({
    client: {
      get: (resource, name, options) => client.get(resource, name, options),
      patch: (resource, name, type, body, options) => client.patch(resource, name, type, body, options),
      list: (resource, options) => watched.list(resource, options),
      watch: (resource, options) => watched.watch(resource, options),
      create: (resource, object, options) => client.create(resource, object, options),
      update: (resource, object, options) => client.update(resource, object, options),
      delete: (resource, name, options) => client.delete(resource, name, options),
      raw: (method, path, body, options) => client.raw(method, path, body, options),
      close: () => client.close(),
    },
  });
  const definition = controller("test")
    .for(things)
    .reconcile(() => settled({ do: "patch-status", resource: things, of: found, status: { size: 1 } }), {
      onResult: (report) => reports.push(report),
    });
  manager.add(definition);
  await manager.start();
}

/** Answers until the decision has failed, moving the clock over every wait that is shorter than the queue's. */
async function failWith(answer: (exchange: PuppetExchange) => void): Promise<void> {
  let ended = false;
  while (!ended) {
    if (server.untaken > 0) answer(await server.next());
    else {
      const nextMs = fixture.clock.untilNextMs;
      if (nextMs !== undefined && nextMs <= 5_000) fixture.clock.advance(nextMs);
    }
    await new Promise((resolve) => setImmediate(resolve));
    ended = reports.length > 0;
  }
}

describe("PS-12 requests for one decision that fails", () => {
  test("that the server is too busy for: one, and the queue waits for as long as the server asks", async () => {
    await decideOnce();
    await failWith((exchange) => exchange.status(429, "TooManyRequests", { "retry-after": "7" }));
    expect(counted()).toEqual(["PATCH 429"]);
    await fixture.pass(6_999);
    expect(server.untaken).toBe(0);
    fixture.clock.advance(1);
    expect((await server.next()).method).toBe("PATCH");
  });

  test("that a server refuses while it starts: one, since it was not carried out", async () => {
    await decideOnce();
    await failWith((exchange) => exchange.status(503, "ServiceUnavailable", { "retry-after": "1" }));
    expect(counted()).toEqual(["PATCH 503"]);
  });

  test("that finds no server: one", async () => {
    await server[Symbol.asyncDispose]();
    await decideOnce();
    await failWith(() => {});
    expect(counted()).toEqual(["PATCH <error>"]);
  });

  test("that meets a conflict each time: one write and one read for each of three decisions", async () => {
    await decideOnce();
    await failWith((exchange) => {
      if (exchange.method === "GET") exchange.json(200, found);
      else exchange.status(409, "Conflict");
    });
    expect(counted()).toEqual(["PATCH 409", "GET 200", "PATCH 409", "GET 200", "PATCH 409"]);
  });

  test("whose response is lost each time: three writes, each settled by one read", async () => {
    await decideOnce();
    await failWith((exchange) => {
      if (exchange.method === "GET") exchange.json(200, found);
      else exchange.cut();
    });
    const pair = ["PATCH <error>", "GET 200"];
    expect(counted()).toEqual([...pair, ...pair, ...pair]);
  });
});
