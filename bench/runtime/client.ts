/**
 * Requests a second and CPU a request of our client, beside `@kubernetes/client-node` and beside bare undici:
 * the same GET of the same ConfigMap from the same TLS server, in turn, in one run.
 */
import { type ChildProcess, fork } from "node:child_process";
import { CoreV1Api } from "@kubernetes/client-node";
import { Pool } from "undici";
import { type AnyObject, createClient, type Resource } from "../../src/client/index.ts";
import { systemClock, systemKernel } from "../../src/kernel/index.ts";
import { clientNodeConfig } from "../peers/client-node.ts";
import { type BenchReport, median, ratioTarget } from "../report.ts";

const CONCURRENCY = 16;
const ROUNDS = 7;
const ROUND_MS = 400;
const PATH = "/api/v1/namespaces/default/configmaps/measured";

const configMaps: Resource<AnyObject> = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};

interface Contestant {
  readonly name: string;
  /** One request; resolves with the name of the object that it got. */
  readonly get: () => Promise<string | undefined>;
  readonly close: () => Promise<unknown>;
}

interface Round {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

export async function measureClient(): Promise<Pick<BenchReport, "figures" | "targets">> {
  const { child, port, ca } = await startServer();
  const contestants = [ours(port, ca), bareUndici(port, ca), clientNode(port, ca)] as const;
  const rounds = new Map<string, Round[]>(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) await runRound(contestant);
  for (let i = 0; i < ROUNDS; i++) {
    for (const contestant of contestants) rounds.get(contestant.name)?.push(await runRound(contestant));
  }
  for (const contestant of contestants) await contestant.close();
  child.disconnect();
  const of = (name: string) => rounds.get(name) ?? [];
  const ratio = (other: string) =>
    median(of("plexaubnet").map((round, i) => round.perSecond / (of(other)[i]?.perSecond ?? Number.NaN)));
  const figures = Object.fromEntries(
    [...rounds].flatMap(([name, all]) => [
      [`client.requests.${name}`, { value: median(all.map((round) => round.perSecond)), unit: "requests/s" }],
      [
        `client.cpu.${name}`,
        { value: median(all.map((round) => round.cpuMicros)), unit: "µs CPU a request" },
      ],
    ]),
  );
  return {
    figures,
    targets: [
      ratioTarget("client: times client-node", ratio("client-node"), ">=", 10),
      ratioTarget("client: times bare undici", ratio("undici"), ">=", 0.8),
    ],
  };
}

async function runRound(contestant: Contestant): Promise<Round> {
  const cpuBefore = process.cpuUsage();
  const startedMs = systemClock.monotonicMs();
  let requests = 0;
  const loop = async () => {
    while (systemClock.monotonicMs() - startedMs < ROUND_MS) {
      if ((await contestant.get()) !== "measured") throw new Error(`${contestant.name} got something else`);
      requests++;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, loop));
  const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return { perSecond: requests / seconds, cpuMicros: (cpu.user + cpu.system) / requests };
}

function startServer(): Promise<{ child: ChildProcess; port: number; ca: string }> {
  const child = fork(new URL("./tls-server.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("message", (message: { port: number; ca: string }) => resolve({ child, ...message }));
  });
}

function ours(port: number, ca: string): Contestant {
  const client = createClient(
    { server: `https://127.0.0.1:${port}`, ca, auth: { token: "t" } },
    { kernel: systemKernel, maxConnections: CONCURRENCY },
  );
  const name = { namespace: "default", name: "measured" };
  return {
    name: "plexaubnet",
    get: async () => (await client.get(configMaps, name)).metadata.name,
    close: () => client.close(),
  };
}

function bareUndici(port: number, ca: string): Contestant {
  const options = { allowH2: false, connections: CONCURRENCY, connect: { ca } };
  const pool = new Pool(`https://127.0.0.1:${port}`, options);
  const headers = { accept: "application/json", authorization: "Bearer t" };
  return {
    name: "undici",
    get: async () => {
      const { body } = await pool.request({ method: "GET", path: PATH, headers });
      return ((await body.json()) as AnyObject).metadata.name;
    },
    close: () => pool.close(),
  };
}

function clientNode(port: number, ca: string): Contestant {
  const config = clientNodeConfig(`https://127.0.0.1:${port}`, ca);
  const api = config.makeApiClient(CoreV1Api);
  return {
    name: "client-node",
    get: async () =>
      (await api.readNamespacedConfigMap({ namespace: "default", name: "measured" })).metadata?.name,
    close: async () => {},
  };
}
