/** What a client promises whichever way its requests go: over HTTPS, or by calls within the process. */
import { describe, expect, test } from "vitest";
import { seededRandom } from "../kernel/index.ts";
import {
  ApiError,
  type ClientOptions,
  ConfigError,
  createInProcessClient,
  type KubeClient,
  LostAnswerError,
} from "./index.ts";
import { failure, one, pod, pods, useClientFixture } from "./testing/client-fixture.ts";
import { PuppetApi, type PuppetCall } from "./testing/puppet-api.ts";
import type { PuppetExchange } from "./testing/puppet-server.ts";

const fixture = useClientFixture();

interface Parties {
  readonly kube: KubeClient;
  readonly server: { next(): Promise<PuppetExchange | PuppetCall>; readonly untaken: number };
}

function overHttps(): Parties {
  return { kube: fixture.client(), server: fixture.server };
}

function overMemory(): Parties {
  const server = new PuppetApi();
  const { clock } = fixture;
  const options: ClientOptions = { kernel: { clock, random: seededRandom(1) } };
  return { kube: createInProcessClient(server, options), server };
}

const podAt = (resourceVersion: string) => ({ ...pod, metadata: { ...pod.metadata, resourceVersion } });

/** Lets the clock jump to the end of the wait between two tries; a deadline is no such wait. */
async function nextRetry(): Promise<void> {
  while (fixture.clock.untilNextMs === undefined || fixture.clock.untilNextMs >= 60_000)
    await new Promise((resolve) => setImmediate(resolve));
  fixture.clock.advance(fixture.clock.untilNextMs);
}

describe.each([
  ["HTTPS", overHttps],
  ["memory", overMemory],
])("PX-09 requests over %s", (_, start) => {
  test("are those that Kubernetes expects", async () => {
    const { kube, server } = start();
    const strange = { a: undefined, b: [undefined, Number.NaN], c: new Date(0), d: { toJSON: () => "e" } };
    const calls: [() => Promise<unknown>, string][] = [
      [() => kube.get(pods, one), "GET /api/v1/namespaces/n/pods/p  "],
      [
        () => kube.create(pods, pod, { dryRun: true, fieldManager: "me" }),
        `POST /api/v1/namespaces/n/pods?dryRun=All&fieldManager=me application/json ${JSON.stringify(pod)}`,
      ],
      [
        () => kube.update(pods, pod, { subresource: "status" }),
        `PUT /api/v1/namespaces/n/pods/p/status application/json ${JSON.stringify(pod)}`,
      ],
      [
        () => kube.patch(pods, one, "merge", strange),
        `PATCH /api/v1/namespaces/n/pods/p application/merge-patch+json ${JSON.stringify(strange)}`,
      ],
      [
        () => kube.delete(pods, one, { uid: "u" }),
        'DELETE /api/v1/namespaces/n/pods/p application/json {"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u"}}',
      ],
    ];
    for (const [call, expected] of calls) {
      const answer = call();
      const exchange = await server.next();
      const { method, url, body } = exchange;
      const type = exchange.request.headers["content-type"] ?? "";
      expect(`${method} ${url.pathname}${url.search} ${type} ${body}`).toBe(expected);
      exchange.json(200, pod);
      await answer;
    }
  });

  test("are sent as they were, and again as they were, whatever becomes of the object", async () => {
    const { kube, server } = start();
    const object = { ...pod, data: { state: "sent" } };
    const answer = kube.create(pods, object);
    object.data.state = "changed";
    const first = await server.next();
    expect(JSON.parse(first.body).data.state).toBe("sent");
    first.status(503, "ServiceUnavailable", { "retry-after": "1" });
    await nextRetry();
    const second = await server.next();
    expect(JSON.parse(second.body).data.state).toBe("sent");
    second.json(201, pod);
    expect(await answer).toEqual(pod);
  });

  test("that have no JSON are refused, and not sent", async () => {
    const { kube, server } = start();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const body of [{ big: 1n }, circle]) {
      const error = await failure(kube.patch(pods, one, "merge", body));
      expect(error).toSatisfy((each) => each instanceof TypeError || each instanceof RangeError);
    }
    expect(server.untaken).toBe(0);
  });

  test("that are refused carry code, reason and details", async () => {
    const { kube, server } = start();
    const failed = failure(kube.create(pods, pod));
    const causes = [{ reason: "FieldValueInvalid", field: "spec.x", message: "no" }];
    (await server.next()).status(422, "Invalid", {}, { details: { kind: "Pod", name: "p", causes } });
    const error = (await failed) as ApiError;
    expect(error).toBeInstanceOf(ApiError);
    expect([error.code, error.reason, error.details?.causes]).toEqual([422, "Invalid", causes]);
  });

  test("whose answer is in plain text have a reason all the same", async () => {
    const { kube, server } = start();
    const failed = failure(kube.raw("GET", "/nowhere"));
    (await server.next()).text(404, "text/plain", "404 page not found\n");
    expect(await failed).toMatchObject({ name: "ApiError", code: 404, reason: "NotFound" });
  });

  test("never take for a list or an object what is none", async () => {
    const { kube, server } = start();
    for (const value of [{}, { items: [] }, [], "x"]) {
      const failed = failure(kube.list(pods));
      (await server.next()).json(200, value);
      expect(await failed).toBeInstanceOf(ConfigError);
    }
    const failed = failure(kube.get(pods, one));
    (await server.next()).json(200, []);
    expect(await failed).toBeInstanceOf(ConfigError);
  });

  test("are sent again after a lost answer if they read, and not if they write", async () => {
    const { kube, server } = start();
    const read = kube.get(pods, one);
    (await server.next()).cut();
    (await server.next()).json(200, pod);
    expect(await read).toEqual(pod);
    const written = failure(kube.create(pods, pod));
    (await server.next()).cut();
    expect(await written).toBeInstanceOf(LostAnswerError);
    expect(server.untaken).toBe(0);
  });

  test("that are never answered are given up by the clock", async () => {
    const { kube, server } = start();
    const failed = failure(kube.create(pods, pod));
    const exchange = await server.next();
    fixture.clock.advance(65_000);
    expect(await failed).toBeInstanceOf(LostAnswerError);
    await exchange.closed;
  });

  test("end with the reason of their signal, and the server learns of it", async () => {
    const { kube, server } = start();
    const abort = new AbortController();
    const failed = failure(kube.get(pods, one, { signal: abort.signal }));
    const exchange = await server.next();
    abort.abort(new Error("enough"));
    expect((await failed).message).toBe("enough");
    await exchange.closed;
    expect((await failure(kube.get(pods, one, { signal: abort.signal }))).message).toBe("enough");
    expect(server.untaken).toBe(0);
  });

  test("end with their client, and none is sent afterwards", async () => {
    const { kube, server } = start();
    const failed = failure(kube.create(pods, pod));
    const exchange = await server.next();
    await kube.close();
    expect(await failed).toBeInstanceOf(LostAnswerError);
    await exchange.closed;
    expect((await failure(kube.get(pods, one))).message).toContain("the client was closed");
    expect(server.untaken).toBe(0);
  });
});

describe.each([
  ["HTTPS", overHttps],
  ["memory", overMemory],
])("PX-09 watches over %s", (_, start) => {
  async function watching(signal?: AbortSignal) {
    const { kube, server } = start();
    const opening = kube.watch(pods, { resourceVersion: "1", ...(signal && { signal }) });
    const exchange = await server.next();
    exchange.begin();
    const events = (await opening)[Symbol.asyncIterator]();
    return { kube, exchange, events };
  }

  test("bring their events in order, and end when the server ends them", async () => {
    const { exchange, events } = await watching();
    expect(exchange.url.searchParams.get("watch")).toBe("true");
    await exchange.event("ADDED", podAt("2"));
    await exchange.event("DELETED", podAt("3"));
    exchange.end();
    expect((await events.next()).value).toEqual({ type: "ADDED", object: podAt("2") });
    expect((await events.next()).value).toEqual({ type: "DELETED", object: podAt("3") });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  test("are refused with an error, and not with an empty stream", async () => {
    const { kube, server } = start();
    const failed = failure(kube.watch(pods, { resourceVersion: "1" }));
    (await server.next()).status(410, "Expired");
    expect(await failed).toMatchObject({ code: 410, reason: "Expired" });
  });

  test("that are cut off are a lost answer", async () => {
    const { exchange, events } = await watching();
    const next = failure(events.next());
    exchange.cut();
    expect(await next).toBeInstanceOf(LostAnswerError);
  });

  test("are closed by leaving the loop", async () => {
    const { exchange, events } = await watching();
    await events.return?.();
    await exchange.closed;
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  test("end with the reason of their signal", async () => {
    const abort = new AbortController();
    const { exchange, events } = await watching(abort.signal);
    const next = failure(events.next());
    abort.abort(new Error("enough"));
    expect((await next).message).toBe("enough");
    await exchange.closed;
    expect((await failure(events.next())).message).toBe("enough");
  });

  test("end with their client", async () => {
    const { kube, exchange, events } = await watching();
    const next = failure(events.next());
    await kube.close();
    expect(await next).toBeInstanceOf(LostAnswerError);
    await exchange.closed;
  });
});
