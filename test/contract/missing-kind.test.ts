/** A kind that comes and goes while a reflector watches it. */
import { pino } from "pino";
import { expect, test } from "vitest";
import type { AnyObject } from "../../src/client/index.ts";
import { drainMicrotasks, systemKernel } from "../../src/kernel/index.ts";
import { Reflector } from "../../src/runtime/watch/index.ts";
import { RecordingSink } from "../../src/runtime/watch/testing/recording-sink.ts";
import { refusal, untilGone, useCluster } from "./cluster.ts";
import { crds } from "./resources.ts";
import { widgetsOf } from "./widgets.ts";

const api = useCluster();

test("PX-09 a missing CRD is waited for, which is said once, and all begins when it appears", async () => {
  const sink = new RecordingSink();
  const said: string[] = [];
  const abort = new AbortController();
  const widgets = widgetsOf(api.group);
  const reflector = new Reflector({
    client: api.client,
    resource: widgets,
    sink,
    kernel: systemKernel,
    logger: pino({ level: "warn" }, { write: (line) => said.push(JSON.parse(line).msg) }),
  });
  const done = reflector.run(abort.signal);
  while (reflector.state.name !== "waiting-for-kind") await drainMicrotasks();
  await api.installWidgets();
  const metadata = { namespace: api.namespace, name: "first" };
  const object: AnyObject = { apiVersion: `${api.group}/v1`, kind: "Widget", metadata, spec: { size: 1 } };
  await api.client.create(widgets, object);
  while (!sink.objects.has("first")) await drainMicrotasks();
  abort.abort(new Error("the test is over"));
  await done;
  expect(said).toEqual([`the API server does not serve widgets of ${api.group}/v1; waiting for the kind`]);
});

// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#delete-a-customresourcedefinition
test("a CRD that is deleted takes its objects along, and its kind is NotFound", async () => {
  const widgets = await api.installWidgets();
  await api.client.delete(crds, { name: `widgets.${api.group}` });
  await untilGone(api.client, crds, { name: `widgets.${api.group}` });
  expect((await refusal(api.client.list(widgets))).code).toBe(404);
});
