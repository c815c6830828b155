/**
 * The example "Write a controller in 40 lines" does what its guide describes, against the embedded server.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import {
  type ApiServer,
  createIdentity,
  createMemoryStore,
  startApiServer,
} from "../../src/apiserver/index.ts";
import {
  type AnyObject,
  clusterConfigFor,
  createClient,
  type KubeClient,
  loadKubeconfig,
  type Resource,
} from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS } from "../../src/kube/index.ts";

const EXAMPLE = join(import.meta.dirname, "../../examples/controller");
const namespaced = { version: "v1", namespaced: true };
const greetings: Resource<AnyObject> = {
  ...namespaced,
  group: "example.org",
  kind: "Greeting",
  plural: "greetings",
};
let directory: string;
let server: ApiServer;
let client: KubeClient;
let program: ChildProcess;
let output: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "controller-example-"));
  const identity = await createIdentity(systemKernel, []);
  server = await startApiServer({ kernel: systemKernel, store: createMemoryStore(), identity });
  const file = join(directory, "kubeconfig");
  writeFileSync(file, server.kubeconfig());
  client = createClient(clusterConfigFor(loadKubeconfig({ file })), { kernel: systemKernel });
  output = "";
  program = spawn(process.execPath, [join(EXAMPLE, "greeter.ts")], {
    env: { ...process.env, KUBECONFIG: file },
  });
  for (const stream of [program.stdout, program.stderr]) {
    stream?.on("data", (text: Buffer) => {
      output += text.toString();
    });
  }
});

afterEach(async () => {
  program.kill("SIGKILL");
  await client.close();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

function manifest(file: string): AnyObject {
  return parse(readFileSync(join(EXAMPLE, file), "utf8")) as AnyObject;
}

/** Watches the ConfigMap until it does. */
async function untilItSays(text: string): Promise<AnyObject> {
  const { metadata } = await client.list(CONFIG_MAPS, { namespace: "default" });
  const abort = new AbortController();
  const found = async (): Promise<AnyObject | undefined> =>
    (await client.list(CONFIG_MAPS, { namespace: "default" })).items.find(
      (item) => (item.data as { readonly text?: string } | undefined)?.text === text,
    );
  const options = { namespace: "default", resourceVersion: metadata.resourceVersion, signal: abort.signal };
  const events = await client.watch(CONFIG_MAPS, options);
  let held = await found();
  if (held === undefined) {
    for await (const _ of events) {
      held = await found();
      if (held !== undefined) break;
    }
  }
  abort.abort();
  if (held === undefined) throw new Error(`the watch ended; the program said: ${output}`);
  return held;
}

test("PX-09 the example controller waits for its kind, greets, follows changes, repairs, and ends when it is stopped", async () => {
  await client.create(CUSTOM_RESOURCE_DEFINITIONS, manifest("greeting-crd.yaml"));
  const greeting = await createOnceServed();
  const first = await untilItSays("Hello, world!");
  expect(first.metadata.ownerReferences).toMatchObject([{ kind: "Greeting", name: "hello" }]);
  const name = { namespace: "default", name: "hello" };
  await client.patch(greetings, name, "merge", { spec: { to: "moon" } });
  await untilItSays("Hello, moon!");
  await client.delete(CONFIG_MAPS, name);
  const again = await untilItSays("Hello, moon!");
  expect(again.metadata.uid).not.toBe(first.metadata.uid);
  expect(greeting.metadata.name).toBe("hello");
  const ended = new Promise((resolve) => program.once("exit", resolve));
  program.kill("SIGTERM");
  expect(await ended).toBe(0);
});

/** A definition is served a moment after it was accepted. */
async function createOnceServed(): Promise<AnyObject> {
  for (;;) {
    try {
      return await client.create(greetings, manifest("greeting.yaml"));
    } catch (error) {
      if ((error as { readonly code?: number }).code !== 404) throw error;
      await new Promise((resolve) => systemKernel.clock.setTimer(20, () => resolve(undefined)));
    }
  }
}
