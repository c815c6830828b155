/**
 * Large answers over TLS from a process that is busy, to clients that send their next request at once: Node fails such
 * connections with HPE_PAUSED unless the end of an answer is held back (docs/design/0013).
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemKernel } from "../../kernel/index.ts";
import { type ServerFixture, serverFixture } from "../testing/server-fixture.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const REQUESTS = 12;

/** A client with an event loop of its own and one connection that it keeps. */
const CLIENT = `
const { Agent, request } = require("node:https");
const { parentPort, workerData } = require("node:worker_threads");
const { url, ca, token, body, count } = workerData;
const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
const headers = { authorization: "Bearer " + token, "content-type": "application/json" };
const send = () => new Promise((resolve) => {
  const sent = request(url, { method: "PUT", agent, headers }, (answer) => {
    let length = 0;
    answer.on("data", (chunk) => { length += chunk.length; });
    answer.on("end", () => resolve(answer.statusCode + (answer.complete && length > 0 ? "" : " cut short")));
    answer.on("error", (error) => resolve(error.code));
  });
  sent.on("error", (error) => resolve(error.code));
  sent.end(body);
});
(async () => {
  const answers = [];
  for (let i = 0; i < count; i++) answers.push(await send());
  agent.destroy();
  parentPort.postMessage(answers);
})();
`;

let f: ServerFixture;
beforeAll(async () => {
  f = await serverFixture({
    intercept: () => {
      // The timer that follows holds the request back, and this one is the next: the answer is written, and before Node can
      // look whether it is out, this process is busy for as long as the client needs to read it and ask again.
      queueMicrotask(() => systemKernel.clock.setTimer(1, beBusy));
      return new Promise((resolve) => systemKernel.clock.setTimer(1, () => resolve(true)));
    },
  });
});
afterAll(() => f.stop());

function beBusy(): void {
  const endMs = performance.now() + 30;
  while (performance.now() < endMs);
}

async function answersOf(path: string, body: string): Promise<string[]> {
  const { url, identity } = f.server;
  const worker = new Worker(CLIENT, {
    eval: true,
    workerData: {
      url: `${url}${path}`,
      ca: identity.caCertificate,
      token: identity.token,
      body,
      count: REQUESTS,
    },
  });
  const [answers] = await once(worker, "message");
  await worker.terminate();
  return answers as string[];
}

describe("large answers over TLS from a busy process", () => {
  test.each([
    [100_000],
    [160_000],
    [900_000],
  ])("of %d bytes reach a client that never pauses", async (size) => {
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `of-${size}` },
      data: { text: "x".repeat(size) },
    };
    await f.request(MAPS, { method: "POST", body: object });
    const expected = Array(REQUESTS).fill("200");
    expect(await answersOf(`${MAPS}/of-${size}`, JSON.stringify(object))).toEqual(expected);
  });
});
