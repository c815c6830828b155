/**
 * A second client of the embedded server, written by others: the informer of `@kubernetes/client-node`
 * (PX-09).
 */
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KubectlFixture, startKubectlFixture } from "./kubectl-fixture.ts";

let k: KubectlFixture;
beforeAll(async () => {
  k = await startKubectlFixture();
});
afterAll(() => k.stop());

test("PX-09 the informer of @kubernetes/client-node sees what its own client writes", async () => {
  const config = new KubeConfig();
  config.loadFromString(k.server.kubeconfig());
  const core = config.makeApiClient(CoreV1Api);
  const namespace = "default";
  const write = (name: string, colour: string) => ({
    metadata: { name, labels: { seen: "yes" } },
    data: { colour },
  });
  await core.createNamespacedConfigMap({ namespace, body: write("before", "blue") });

  const seen: string[] = [];
  let wake = () => {};
  const note = (event: string) => (object: V1ConfigMap) => {
    seen.push(`${event} ${object.metadata?.name} ${object.data?.colour}`);
    wake();
  };
  const until = async (line: string) => {
    while (!seen.includes(line)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: "seen=yes" });
  const informer = makeInformer(config, path, list, "seen=yes");
  informer.on("add", note("add"));
  informer.on("update", note("update"));
  informer.on("delete", note("delete"));
  await informer.start();
  await until("add before blue");

  await core.createNamespacedConfigMap({ namespace, body: write("after", "red") });
  await until("add after red");
  const read = await core.readNamespacedConfigMap({ name: "after", namespace });
  await core.replaceNamespacedConfigMap({
    name: "after",
    namespace,
    body: { ...read, data: { colour: "green" } },
  });
  await until("update after green");
  await core.deleteNamespacedConfigMap({ name: "after", namespace });
  await until("delete after green");
  expect(informer.list().map((object) => object.metadata?.name)).toEqual(["before"]);
  await informer.stop();
});
