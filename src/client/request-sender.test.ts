import { describe, expect, test } from "vitest";
import { ConfigError, LostAnswerError, UnreachableError } from "./index.ts";
import { failure, one, pod, pods, useClientFixture } from "./testing/client-fixture.ts";

const fixture = useClientFixture();

/**
 * Lets the clock jump to the end of the wait between two tries; the deadline of a request is no such wait.
 */
async function nextRetry(): Promise<number> {
  while (fixture.clock.untilNextMs === undefined || fixture.clock.untilNextMs >= 60_000) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const delayMs = fixture.clock.untilNextMs;
  fixture.clock.advance(delayMs);
  return delayMs;
}

describe("retries", () => {
  test("429 and 503 with Retry-After are waited for, writes too", async () => {
    const answer = fixture.client().create(pods, pod);
    (await fixture.server.next()).status(429, "TooManyRequests", { "retry-after": "2" });
    expect(await nextRetry()).toBe(2000);
    (await fixture.server.next()).status(503, "ServiceUnavailable", { "retry-after": "1" });
    expect(await nextRetry()).toBe(1000);
    (await fixture.server.next()).json(201, pod);
    expect(await answer).toEqual(pod);
    expect(fixture.observations.map((each) => each.code)).toEqual([429, 503, 201]);
  });

  test("429 without Retry-After is the caller's", async () => {
    const failed = failure(fixture.client().create(pods, pod));
    (await fixture.server.next()).status(429, "TooManyRequests");
    expect(await failed).toMatchObject({ code: 429, reason: "TooManyRequests" });
  });

  test("a server that always answers 429 is given up after ten times", async () => {
    const failed = failure(fixture.client().get(pods, one));
    for (let i = 0; i < 10; i++) {
      (await fixture.server.next()).status(429, "TooManyRequests", { "retry-after": "1" });
      await nextRetry();
    }
    (await fixture.server.next()).status(429, "TooManyRequests", { "retry-after": "1" });
    expect(await failed).toMatchObject({ code: 429 });
    expect(fixture.observations).toHaveLength(11);
  });

  test("a wait for Retry-After ends when the caller gives up", async () => {
    const abort = new AbortController();
    const failed = failure(fixture.client().get(pods, one, { signal: abort.signal }));
    (await fixture.server.next()).status(429, "TooManyRequests", { "retry-after": "5" });
    while (fixture.clock.untilNextMs !== 5000) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error("enough"));
    expect((await failed).message).toBe("enough");
    expect(fixture.clock.pendingCount).toBe(0);
  });

  test("a request of a caller that retries itself is sent once, and the error has what the server asks for", async () => {
    const read = () => failure(fixture.client().get(pods, one, { retry: false }));
    const busy = read();
    (await fixture.server.next()).status(429, "TooManyRequests", { "retry-after": "3" });
    expect(await busy).toMatchObject({ code: 429, retryAfterMs: 3000 });
    const lost = read();
    (await fixture.server.next()).cut();
    expect(await lost).toBeInstanceOf(LostAnswerError);
    await fixture.server[Symbol.asyncDispose]();
    expect(await read()).toBeInstanceOf(UnreachableError);
    expect(fixture.observations.map(({ code }) => code)).toEqual([429, "<error>", "<error>"]);
  });

  test("a write whose answer was lost is not sent again", async () => {
    const failed = failure(fixture.client().create(pods, pod));
    (await fixture.server.next()).cut();
    const error = await failed;
    expect(error).toBeInstanceOf(LostAnswerError);
    expect(fixture.server.untaken).toBe(0);
    expect(fixture.observations).toMatchObject([{ code: "<error>", method: "POST" }]);
  });

  test("an answer cut off half-way is a lost answer", async () => {
    const failed = failure(fixture.client().update(pods, pod));
    const exchange = await fixture.server.next();
    exchange.begin();
    await exchange.write('{"kind":"Pod",');
    exchange.cut();
    expect(await failed).toBeInstanceOf(LostAnswerError);
  });

  test("a read whose answer was lost is sent again", async () => {
    const answer = fixture.client().get(pods, one);
    (await fixture.server.next()).cut();
    (await fixture.server.next()).json(200, pod);
    expect(await answer).toEqual(pod);
    const failed = failure(fixture.client().get(pods, one));
    (await fixture.server.next()).cut();
    (await fixture.server.next()).cut();
    expect(await failed).toBeInstanceOf(LostAnswerError);
  });

  test("a refused connection is tried a few times, and is then no unknown outcome", async () => {
    await fixture.server[Symbol.asyncDispose]();
    const failed = failure(fixture.client().create(pods, pod));
    const waits = [await nextRetry(), await nextRetry(), await nextRetry()];
    expect(waits).toEqual([100, 300, 900]);
    const error = await failed;
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error).not.toBeInstanceOf(ConfigError);
    expect(error.message).toContain("ECONNREFUSED");
  });

  test("a server that never answers is given up by the clock, and the connection with it", async () => {
    const failed = failure(fixture.client({ requestTimeoutMs: 5000 }).create(pods, pod));
    const exchange = await fixture.server.next();
    fixture.clock.advance(5000);
    const error = await failed;
    expect(error).toBeInstanceOf(LostAnswerError);
    expect(error.message).toContain("within 5 s");
    await exchange.closed;
  });

  test("after a request without an answer none of the old connections is used again", async () => {
    const client = fixture.client({ requestTimeoutMs: 5000 });
    const both = [client.get(pods, one), client.get(pods, one)];
    for (const exchange of [await fixture.server.next(), await fixture.server.next()])
      exchange.json(200, pod);
    await Promise.all(both);
    const answer = client.get(pods, one);
    const silent = await fixture.server.next();
    const { connections } = fixture.server;
    fixture.clock.advance(5000);
    const again = await fixture.server.next();
    expect(fixture.server.connections).toBe(connections + 1);
    expect(again.socket).not.toBe(silent.socket);
    again.json(200, pod);
    expect(await answer).toEqual(pod);
  });

  test("an aborted request rejects with the reason at once, and closes its connection", async () => {
    const abort = new AbortController();
    const failed = failure(fixture.client().create(pods, pod, { signal: abort.signal }));
    const exchange = await fixture.server.next();
    const reason = new Error("cancelled");
    abort.abort(reason);
    expect(await failed).toBe(reason);
    await exchange.closed;
    expect(await failure(fixture.client().get(pods, one, { signal: abort.signal }))).toBe(reason);
    expect(fixture.server.untaken).toBe(0);
  });
});

test("the rate limit lets a burst through, then one request every 1/qps seconds, in order", async () => {
  const kube = fixture.client({ rateLimit: { qps: 2, burst: 2 }, requestTimeoutMs: 600_000 });
  const answers = [1, 2, 3, 4].map((i) => kube.get(pods, { namespace: "n", name: `p${i}` }));
  const names: string[] = [];
  const serve = async () => {
    const exchange = await fixture.server.next();
    names.push(exchange.url.pathname.split("/").at(-1) ?? "");
    exchange.json(200, pod);
  };
  await serve();
  await serve();
  await Promise.all(answers.slice(0, 2));
  expect(fixture.clock.untilNextMs).toBe(500);
  fixture.clock.advance(500);
  await serve();
  fixture.clock.advance(500);
  await serve();
  await Promise.all(answers);
  expect(names.slice(0, 2).sort()).toEqual(["p1", "p2"]);
  expect(names.slice(2)).toEqual(["p3", "p4"]);
});
