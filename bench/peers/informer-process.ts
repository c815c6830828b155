/**
 * `node --expose-gc bench/peers/informer-process.ts WHO PORT CA`: follows the Subnets of the server in a
 * process of its own, so that its memory is its own: with our cache, or with the informer of
 * `@kubernetes/client-node`. Sends its parent what listing took and what each Subnet holds; then, asked with
 * a number of events, what following them took.
 */
import {
  CustomObjectsApi,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from "@kubernetes/client-node";
import { pino } from "pino";
import { createClient } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { createManager, RuntimeMetrics } from "../../src/runtime/index.ts";
import { SUBNETS, subnets } from "../runtime/subnet.ts";
import { clientNodeConfig } from "./client-node.ts";

/** Calls `onEvent` with each change after the list, and resolves when all objects of that are held. */
type Follow = (server: string, ca: string, onEvent: () => void) => Promise<() => number>;

export interface Listed {
  readonly seconds: number;
  readonly bytesEach: number;
}

export interface Followed {
  readonly seconds: number;
  readonly cpuMicrosEach: number;
}

async function ours(server: string, ca: string, onEvent: () => void): Promise<() => number> {
  const client = createClient({ server, ca, auth: { token: "t" } }, { kernel: systemKernel });
  const manager = createManager({
    client,
    kernel: systemKernel,
    logger: pino({ level: "silent" }),
    metrics: new RuntimeMetrics(),
    indexes: [],
    eventSource: "benchmark",
  });
  const cache = manager.cache(subnets);
  await manager.start();
  manager.onDelta(subnets, onEvent);
  return () => cache.size;
}

async function clientNode(server: string, ca: string, onEvent: () => void): Promise<() => number> {
  const config = clientNodeConfig(server, ca);
  const api = config.makeApiClient(CustomObjectsApi);
  const { group, version, plural } = subnets;
  const list = async () =>
    (await api.listClusterCustomObject({ group, version, plural })) as KubernetesListObject<KubernetesObject>;
  const informer = makeInformer(config, `/apis/${group}/${version}/${plural}`, list);
  await informer.start();
  informer.on("change", onEvent);
  return () => informer.list().length;
}

function usedBytes(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const [who = "", port = "", ca = ""] = process.argv.slice(2);
const contestants: Readonly<Record<string, Follow>> = { plexaubnet: ours, "client-node": clientNode };
const follow = contestants[who];
if (follow === undefined) throw new Error(`no contestant is called ${who}`);

let events = 0;
let onEvent = () => {};
const before = usedBytes();
const startMs = performance.now();
const held = await follow(`https://127.0.0.1:${port}`, ca, () => onEvent());
const seconds = (performance.now() - startMs) / 1000;
if (held() !== SUBNETS) throw new Error(`${who} holds ${held()} Subnets`);
// What was only needed on the way is gone by then.
await new Promise((resolve) => setTimeout(resolve, 500));
const bytesEach = (usedBytes() - before) / SUBNETS;
/** From the first change to the last one: the server makes them all before it sends one. */
process.on("message", (expected: number) => {
  let cpu = process.cpuUsage();
  let fromMs = 0;
  onEvent = () => {
    events++;
    if (events === 1) {
      cpu = process.cpuUsage();
      fromMs = performance.now();
    }
    if (events !== expected) return;
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - fromMs) / 1000;
    process.send?.({ seconds, cpuMicrosEach: (user + system) / expected } satisfies Followed);
  };
  process.send?.("follows");
});
process.once("disconnect", () => process.exit(0));
process.send?.({ seconds, bytesEach } satisfies Listed);
