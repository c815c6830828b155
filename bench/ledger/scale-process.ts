/**
 * `node bench/ledger/scale-process.ts URL repair|diff|usage`: what `plexaubnet lb` does with 1,000 pools and
 * 100,000 load balancers, in a process of its own, so that its memory can be measured. Prints one line of
 * JSON: seconds, and MiB at the peak.
 */
import { setImmediate } from "node:timers/promises";
import { IncidentKeeper, observationOf } from "../../src/balancers/incidents/index.ts";
import { openLedger, parseConnectionString } from "../../src/balancers/ledger/index.ts";
import { DEFAULT_SETTINGS, previewPlan, runRound, type SyncMode } from "../../src/balancers/sync/index.ts";
import { spareMemory } from "../../src/cli/ledger/spared-memory.ts";
import type { KubeClient, KubeObject, Resource } from "../../src/client/index.ts";
import { systemClock, systemKernel } from "../../src/kernel/index.ts";

const POOLS = Number(process.env.BENCH_POOLS ?? 1_000);
const PER_POOL = Number(process.env.BENCH_PER_POOL ?? 100);
const PAGE = 500;

function poolJson(at: number): string {
  return JSON.stringify({
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: {
      name: `pool-${at}`,
      namespace: "metallb-system",
      uid: `p-${at}`,
      resourceVersion: "1",
      generation: 1,
    },
    spec: { addresses: [`10.${Math.floor(at / 256)}.${at % 256}.0/24`] },
  });
}

/** As large as such an object is, with what no client reads. */
function serviceJson(at: number): string {
  const pool = Math.floor(at / PER_POOL);
  const ip = `10.${Math.floor(pool / 256)}.${pool % 256}.${at % PER_POOL}`;
  const fields = {
    "f:metadata": { "f:annotations": { ".": {}, "f:metallb.io/ip-allocated-from-pool": {} } },
  };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: `svc-${at}`,
      namespace: `ns-${at % 100}`,
      uid: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
      resourceVersion: "1",
      creationTimestamp: "2026-11-01T00:00:00Z",
      annotations: { "metallb.io/ip-allocated-from-pool": `pool-${pool}`, note: "x".repeat(200) },
      managedFields: [1, 2].map((nth) => ({ manager: `m${nth}`, operation: "Update", fieldsV1: fields })),
    },
    spec: {
      type: "LoadBalancer",
      clusterIP: "172.16.0.1",
      ports: [{ port: 80, targetPort: 8080, nodePort: 30_000 }],
    },
    status: { loadBalancer: { ingress: [{ ip, ipMode: "VIP" }] } },
  });
}

/** A cluster that answers lists, each page parsed from text as a real answer is. */
const client = {
  list: async (resource: Resource<KubeObject>, options: { continue?: string } = {}) => {
    const isService = resource.plural === "services";
    const total = isService ? POOLS * PER_POOL : resource.plural === "ipaddresspools" ? POOLS : 0;
    const from = Number(options.continue ?? 0);
    const to = Math.min(total, from + PAGE);
    // The turn of another client between two pages, as it is while a real answer is waited for.
    await setImmediate();
    const texts: string[] = [];
    for (let at = from; at < to; at++) texts.push(isService ? serviceJson(at) : poolJson(at));
    return {
      metadata: { resourceVersion: "1", ...(to < total && { continue: String(to) }) },
      items: JSON.parse(`[${texts.join(",")}]`) as KubeObject[],
    };
  },
  get: async () => undefined,
} as unknown as KubeClient;

const [address = "", what = "diff"] = process.argv.slice(2);
const target = parseConnectionString(address);
if (!target.ok) throw new Error(target.error);
const kernel = systemKernel;
spareMemory();
const beganMs = systemClock.monotonicMs();
const ledger = await openLedger({ target: target.value, kernel });
const settings = { ...DEFAULT_SETTINGS, guards: { ...DEFAULT_SETTINGS.guards, shortReadPercent: 0 } };
const context = { client, kernel, ledger, settings, actor: "bench" };
let left = -1;

/** How many differences are left. */
async function round(mode: SyncMode, keeper: IncidentKeeper): Promise<number> {
  const round = await runRound({ ...context, settings: { ...settings, mode } });
  if (process.env.BENCH_NO_INCIDENT === undefined)
    await keeper.observe(await observationOf(round, ledger, settings.cluster));
  if (round.result !== "compared") throw new Error(round.message);
  return round.drift.length;
}

if (what === "repair") {
  const keeper = new IncidentKeeper({ ledger, kernel, settings, actor: "bench" });
  // As the command: what a round came to is not held during the next one.
  await round("observe", keeper);
  left = await round("sync", keeper);
} else if (what === "diff") {
  left = (await previewPlan(context)).plan.drift.length;
} else {
  left = (await ledger.intervals(settings.cluster, {})).length;
}
const seconds = (systemClock.monotonicMs() - beganMs) / 1000;
await ledger.close();
const { user, system } = process.cpuUsage();
const cpuSeconds = (user + system) / 1e6;
console.log(JSON.stringify({ what, seconds, cpuSeconds, mib: process.resourceUsage().maxRSS / 1024, left }));
