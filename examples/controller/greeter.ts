/** A controller in 40 lines: each Greeting gets a ConfigMap that says hello. See `docs/guide/write-a-controller.md`. */
import { createClient, findClusterConfig, type KubeObject, type Resource } from "../../src/client/index.ts";
import { systemKernel as kernel } from "../../src/kernel/index.ts";
import * as runtime from "../../src/runtime/index.ts";

type Greeting = KubeObject & { readonly spec: { readonly to: string } };
type ConfigMap = KubeObject & { readonly data: { readonly text: string } };
const core = { group: "", version: "v1", namespaced: true };
const configMaps: Resource<ConfigMap> = { ...core, kind: "ConfigMap", plural: "configmaps" };
const greetings: Resource<Greeting> = {
  ...core,
  group: "example.org",
  kind: "Greeting",
  plural: "greetings",
};

const client = createClient(findClusterConfig(), { kernel });
const logger = runtime.createLogger({ clock: kernel.clock });
const metrics = new runtime.RuntimeMetrics();
const manager = runtime.createManager({
  client,
  kernel,
  logger,
  metrics,
  indexes: [],
  eventSource: "greeter",
});
const wanted = manager.cache(greetings);
const made = manager.cache(configMaps);

function greet({ namespace, name }: runtime.Request): runtime.Decision {
  const greeting = wanted.get(namespace, name);
  if (greeting === undefined) return { verdict: "settled", actions: [], because: "the greeting is gone" };
  const data = { text: `Hello, ${greeting.spec.to}!` };
  const because = `it shall say: ${data.text}`;
  const held = made.get(namespace, name);
  if (held?.data.text === data.text) return { verdict: "settled", actions: [], because };
  const patch = { do: "patch", resource: configMaps, patch: { data } } as const;
  if (held !== undefined) return { verdict: "settled", actions: [{ ...patch, of: held }], because };
  const { apiVersion, kind, metadata } = greeting;
  const owner = { apiVersion, kind, name, uid: metadata.uid ?? "", controller: true };
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name, ownerReferences: [owner] },
  };
  const create = { do: "create", resource: configMaps, object: { ...object, data } } as const;
  return { verdict: "settled", actions: [create], because };
}

manager.add(runtime.controller("greeter").for(greetings).owns(configMaps, greetings).reconcile(greet));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void manager.stop().then(() => client.close()));
}
await manager.start();
