/** Server and operator as child processes, and a client that puts load on them and watches. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { API_VERSION, crds, SUBNET_CLAIMS, SUBNET_POOLS, type SubnetPool } from "../../src/api/index.ts";
import {
  type AnyObject,
  clusterConfigFor,
  createClient,
  type KubeClient,
  type KubeObject,
  loadKubeconfig,
  type Resource,
} from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import type { ProbedSecond, Question } from "./process-probe.ts";

/**
 * Requests at a time of the load, and reconciles at a time of each controller: with the default of 5, which
 * is kind to a cluster that others use too, it is how long one commit takes that would be measured.
 */
export const WIDTH = 128;

/**
 * As the image starts the operator: room for what lives short, so that it does not end among what lives long.
 */
export const OPERATOR_FLAGS: readonly string[] = ["--min-semi-space-size=16", "--max-semi-space-size=16"];

/** Of a second. */
const IDLE_CPU_MS = 100;

const clusterScoped = (group: string, kind: string, plural: string): Resource<AnyObject> => ({
  group,
  version: "v1",
  kind,
  plural,
  namespaced: false,
});

export class BenchWorld {
  readonly client: KubeClient;
  readonly #directory: string;
  readonly #isKept: boolean;
  readonly #server: ChildProcess;

  private constructor(directory: string, server: ChildProcess, isKept: boolean) {
    this.#directory = directory;
    this.#isKept = isKept;
    this.#server = server;
    const kubeconfig = loadKubeconfig({ file: this.#kubeconfig });
    this.client = createClient(clusterConfigFor(kubeconfig), { kernel: systemKernel });
  }

  /**
   * @param writeMs how long each write of the server takes at least, as one to a cluster of several members
   * does.
   */
  static async start(writeMs = 0): Promise<BenchWorld> {
    const directory = mkdtempSync(join(tmpdir(), "plexaubnet-bench-"));
    const server = fork(join(import.meta.dirname, "server-process.ts"), [directory, String(writeMs)]);
    await ready(server);
    const world = new BenchWorld(directory, server, false);
    const definitions = clusterScoped(
      "apiextensions.k8s.io",
      "CustomResourceDefinition",
      "customresourcedefinitions",
    );
    for (const crd of crds) await world.client.create(definitions, crd);
    return world;
  }

  /**
   * On a data directory that was filled before, and stays. @param flags of Node, for the process of the
   * server.
   */
  static async open(directory: string, flags: readonly string[]): Promise<BenchWorld> {
    const program = join(import.meta.dirname, "server-process.ts");
    const server = fork(program, [directory], { execArgv: [...process.execArgv, ...flags] });
    await ready(server);
    return new BenchWorld(directory, server, true);
  }

  get #kubeconfig(): string {
    return join(this.#directory, "kubeconfig");
  }

  async namespace(name: string): Promise<void> {
    const object: AnyObject = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await this.client.create(clusterScoped("", "Namespace", "namespaces"), object);
  }

  /** Resolves when the caches are synced and the controllers work. */
  async startOperator(
    concurrency: number = WIDTH,
    flags: readonly string[] = OPERATOR_FLAGS,
  ): Promise<OperatorProcess> {
    const args = [this.#kubeconfig, String(concurrency)];
    const child = fork(join(import.meta.dirname, "operator-process.ts"), args, {
      execArgv: [...process.execArgv, ...flags],
    });
    await ready(child);
    return new OperatorProcess(child);
  }

  create<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    name: string,
    spec: object,
  ): Promise<T> {
    const object = { apiVersion: API_VERSION, kind: resource.kind, metadata: { name, namespace }, spec };
    return this.client.create(resource, object as unknown as T);
  }

  patchStatus(resource: Resource, object: KubeObject, status: object): Promise<KubeObject> {
    const { namespace = "", name, resourceVersion } = object.metadata;
    const body = { metadata: { resourceVersion }, status };
    return this.client.patch(resource, { namespace, name }, "merge", body, { subresource: "status" });
  }

  /**
   * Follows a kind in a namespace until `holds` returns true. Returns the time of that moment, on the
   * monotonic clock.
   */
  async follow<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    holds: (object: T, atMs: number) => boolean,
  ): Promise<number> {
    const { metadata } = await this.client.list(resource, { namespace, limit: 1 });
    const { resourceVersion } = metadata;
    for await (const event of await this.client.watch(resource, { namespace, resourceVersion })) {
      const atMs = performance.now();
      if (event.type !== "ADDED" && event.type !== "MODIFIED") continue;
      if (holds(event.object as T, atMs)) return atMs;
    }
    throw new Error(`the watch of ${resource.plural} ended`);
  }

  /** When the pool's status shows so many allocated Subnets. */
  async poolShows(namespace: string, name: string, allocatedCount: number): Promise<SubnetPool> {
    const { items, metadata } = await this.client.list(SUBNET_POOLS, { namespace });
    const holds = (pool: SubnetPool) =>
      pool.metadata.name === name && pool.status?.allocatedCount === allocatedCount;
    const there = items.find(holds);
    if (there !== undefined) return there;
    const { resourceVersion } = metadata;
    for await (const event of await this.client.watch(SUBNET_POOLS, { namespace, resourceVersion })) {
      if (holds(event.object as SubnetPool)) return event.object as SubnetPool;
    }
    throw new Error("the watch of pools ended");
  }

  /** When a list shows all claims Bound, which is looked for once the pool has counted their Subnets. */
  async allBound(namespace: string, pool: string, count: number): Promise<number> {
    await this.poolShows(namespace, pool, count);
    for (;;) {
      const { items } = await this.client.list(SUBNET_CLAIMS, { namespace });
      if (items.every(({ status }) => status?.phase === "Bound")) return performance.now();
    }
  }

  /** The newest revision of all. */
  async revision(): Promise<string> {
    return (await this.client.list(SUBNET_POOLS, { limit: 1 })).metadata.resourceVersion;
  }

  async probedSeconds(): Promise<readonly ProbedSecond[]> {
    return (await asked(this.#server, "seconds")).seconds;
  }

  /** Of the server. */
  async memoryBytes(): Promise<number> {
    return (await asked(this.#server, "memory")).memoryBytes;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await stopped(this.#server);
    if (!this.#isKept) rmSync(this.#directory, { recursive: true, force: true });
  }
}

export class OperatorProcess {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  async memoryBytes(): Promise<number> {
    return (await asked(this.#child, "memory")).memoryBytes;
  }

  /** Of what is in use, where the process was started with `--expose-gc`. */
  async heapBytes(): Promise<number> {
    return (await asked(this.#child, "memory")).heapBytes;
  }

  async probedSeconds(): Promise<readonly ProbedSecond[]> {
    return (await asked(this.#child, "seconds")).seconds;
  }

  /** Resolves when it has nothing left to do: a second of it passed with next to no CPU time. */
  async idle(): Promise<void> {
    while (((await this.probedSeconds()).at(-1)?.cpuMs ?? IDLE_CPU_MS) >= IDLE_CPU_MS)
      await new Promise((resolve) => setTimeout(resolve, 1000));
  }

  stop(): Promise<void> {
    return stopped(this.#child);
  }
}

/** What a process answers when it is asked. */
export interface ProcessReport {
  readonly memoryBytes: number;
  readonly heapBytes: number;
  readonly seconds: readonly ProbedSecond[];
}

function asked(child: ChildProcess, question: Question): Promise<ProcessReport> {
  return new Promise((resolve) => {
    child.once("message", (message: ProcessReport) => resolve(message));
    child.send(question);
  });
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill();
  });
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("exit", (code) => reject(new Error(`the process ended with ${code}`)));
  });
}

/** Runs `work` for 0 … count−1, so many at a time. */
export async function inParallel(
  count: number,
  width: number,
  work: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}
