/** A controller in 40 lines: a ConfigMap for each Greeting. See docs/guide/write-a-controller.md. */
import { createClient, findClusterConfig, type KubeObject, type Resource } from "../../src/client/index.ts";
import * as runtime from "../../src/runtime/index.ts";

type Greeting = KubeObject & { readonly spec: { readonly to: string } };
type ConfigMap = KubeObject & { readonly data: { readonly text: string } };
const core = { group: "", version: "v1", namespaced: true };
const maps: Resource<ConfigMap> = { ...core, kind: "ConfigMap", plural: "configmaps" };
const greetings: Resource<Greeting> = {
  ...core,
  group: "example.org",
  kind: "Greeting",
  plural: "greetings",
};

const { systemKernel: kernel } = runtime;
const client = createClient(findClusterConfig(), { kernel });
const [logger, metrics] = [runtime.createLogger(kernel), new runtime.RuntimeMetrics()];
const options = { client, kernel, logger, metrics, indexes: [], eventSource: "greeter" };
const manager = runtime.createManager(options);
const [wanted, made] = [manager.cache(greetings), manager.cache(maps)];

function actions(
  { apiVersion, kind, metadata, spec }: Greeting,
  held?: ConfigMap,
): readonly runtime.Action[] {
  const data = { text: `Hello, ${spec.to}!` };
  if (held?.data.text === data.text) return [];
  if (held !== undefined) return [{ do: "patch", resource: maps, of: held, patch: { data } }];
  const { namespace = "", name, uid = "" } = metadata;
  const ownerReferences = [{ apiVersion, kind, name, uid, controller: true }];
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name, ownerReferences }, data };
  return [{ do: "create", resource: maps, object: map }];
}

function reconcile({ namespace, name }: runtime.Request): runtime.Decision {
  const greeting = wanted.get(namespace, name);
  if (greeting === undefined) return { verdict: "settled", actions: [], message: "it is gone" };
  const todo = actions(greeting, made.get(namespace, name));
  return { verdict: "settled", actions: todo, message: `it shall greet ${greeting.spec.to}` };
}

manager.add(runtime.controller("greeter").for(greetings).owns(maps, greetings).reconcile(reconcile));
const stop = () => manager.stop().then(() => client.close());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
await manager.start();
