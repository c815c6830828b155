/** The console over a fleet that no API server has to hold. */
import type { KubeClient } from "../../src/client/index.ts";
import { type Console, createConsole } from "../../src/console/index.ts";
import { sourceOf, type TestSource } from "../../src/console/testing/fleet-of.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import type { KubeObject } from "../../src/kube/index.ts";
import { createLogger } from "../../src/runtime/index.ts";

export interface Served extends TestSource {
  readonly console: Console;
  /** Milliseconds to bring all blocks into order. */
  readonly warmMs: number;
  /** Sends the cookie of a session. */
  get(path: string): Promise<{ readonly ms: number; readonly bytes: number; readonly code: number }>;
}

export async function serveFleet(objects: readonly KubeObject[]): Promise<Served> {
  const kernel = systemKernel;
  const test = sourceOf(objects);
  const start = createConsole({
    port: 0,
    source: test.source,
    client: patientClient(),
    kernel,
    logger: createLogger({ clock: kernel.clock, level: "error" }),
    who: { access: "caller" },
    version: "0.0.0",
    cluster: "a benchmark",
    server: "https://127.0.0.1",
    isSynced: () => true,
  });
  const console = await start.serve();
  test.list();
  const startMs = performance.now();
  console.warm();
  const warmMs = performance.now() - startMs;
  const opened = await fetch(console.link(), { redirect: "manual" });
  const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
  return {
    ...test,
    console,
    warmMs,
    async get(path) {
      const from = performance.now();
      const answer = await fetch(`${console.url}${path.slice(1)}`, { headers: { cookie } });
      const text = await answer.arrayBuffer();
      return { ms: performance.now() - from, bytes: text.byteLength, code: answer.status };
    },
  };
}

/** Lets everyone do everything, and has nothing. */
function patientClient(): KubeClient {
  return {
    raw: async () => ({}),
    list: async () => ({ metadata: { resourceVersion: "1" }, items: [] }),
    create: async (_: unknown, object: object) => ({ ...object, status: { allowed: true } }),
    close: async () => {},
  } as unknown as KubeClient;
}
