/**
 * How soon a watch whose server has fallen silent is noticed and replaced, and whether an event is missed: a
 * real connection, a real clock, and a server that keeps the socket open and sends nothing more.
 */
import { pino } from "pino";
import { createClient } from "../../src/client/index.ts";
import { PuppetServer } from "../../src/client/testing/puppet-server.ts";
import { systemClock, systemKernel } from "../../src/kernel/index.ts";
import { Reflector } from "../../src/runtime/watch/index.ts";
import { type BenchReport, median, ratioTarget } from "../report.ts";

const WATCHDOG_MS = 250;
const ROUNDS = 9;
const EVENTS_A_ROUND = 10;

export async function measureHalfOpen(): Promise<Pick<BenchReport, "figures" | "targets">> {
  await using server = await PuppetServer.start();
  const client = createClient({ server: server.url, ca: server.authority.ca }, { kernel: systemKernel });
  const seen: string[] = [];
  let lastMs = 0;
  const reflector = new Reflector({
    client,
    resource: { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true },
    sink: {
      replace: () => {},
      apply: (event) => {
        lastMs = systemClock.monotonicMs();
        if (event.type !== "BOOKMARK") seen.push(event.object.metadata.name);
      },
    },
    kernel: systemKernel,
    logger: pino({ enabled: false }),
    idleTimeoutMs: WATCHDOG_MS,
  });
  const abort = new AbortController();
  const done = reflector.run(abort.signal);
  (await server.next()).json(200, { metadata: { resourceVersion: "1" }, items: [] });
  const replacedMs: number[] = [];
  let revision = 1;
  const sent: string[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const watch = await server.next();
    if (round > 0) replacedMs.push(systemClock.monotonicMs() - lastMs);
    watch.begin();
    for (let i = 0; i < EVENTS_A_ROUND; i++) {
      revision++;
      const metadata = { name: `o${revision}`, namespace: "n", resourceVersion: String(revision) };
      sent.push(metadata.name);
      await watch.event("ADDED", { apiVersion: "v1", kind: "ConfigMap", metadata });
    }
  }
  await server.next();
  abort.abort(new Error("measured"));
  await done;
  await client.close();
  const wrong = sent.filter((name, i) => seen[i] !== name).length + Math.max(0, seen.length - sent.length);
  const ratio = median(replacedMs) / WATCHDOG_MS;
  return {
    figures: {
      "half-open: replaced after": { value: median(replacedMs), unit: `ms (watchdog ${WATCHDOG_MS} ms)` },
    },
    targets: [
      ratioTarget("half-open: replaced, in watchdog times", ratio, "<=", 1.2),
      ratioTarget("half-open: events missed, repeated or out of order", wrong, "<=", 0),
    ],
  };
}
