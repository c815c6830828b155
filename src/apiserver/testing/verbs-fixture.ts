/** The verbs without HTTP: a memory store, a clock that stands still, and a kind that follows every rule. */

import { ManualClock, seededRandom } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { AdmissionAttributes, ResourceRequest, ServerContext } from "../context.ts";
import { Registry } from "../kinds/registry.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { compileCrd } from "../kinds/schema/index.ts";
import { StatusError } from "../status-error.ts";
import { createMemoryStore, type Store } from "../store/index.ts";
import { create } from "../writes/create.ts";
import { ownRequest } from "../writes/object-writer.ts";

const widgetCrd: AnyObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" },
        },
        selectableFields: [{ jsonPath: ".spec.colour" }],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  size: { type: "integer", maximum: 10 },
                  colour: { type: "string", default: "red" },
                },
              },
              status: { type: "object", properties: { size: { type: "integer" } } },
            },
          },
        },
      },
    ],
  },
};

export interface VerbsFixture {
  readonly context: ServerContext;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly widgets: ServedResource;
  readonly warnings: string[];
  /** What admission was asked. */
  readonly admitted: AdmissionAttributes[];
  request(name?: string, query?: string, subresource?: string): ResourceRequest;
  widget(name: string, more?: object): object;
  /** Creates it, and returns it as it is then. */
  created(name: string, more?: object): Promise<AnyObject>;
  stored(name: string): AnyObject | undefined;
}

/** With the namespace `default`. */
export async function verbsFixture(): Promise<VerbsFixture> {
  const compiled = compileCrd(widgetCrd);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const [widgets] = compiled.value as [ServedResource];
  const clock = new ManualClock();
  const store = createMemoryStore({ kernel: { clock } });
  const registry = new Registry();
  registry.set("widgets.example.com", [widgets]);
  const admitted: AdmissionAttributes[] = [];
  const admission = {
    mutate: async (attributes: AdmissionAttributes) => {
      admitted.push(attributes);
      return undefined;
    },
    validate: async () => undefined,
  };
  const context: ServerContext = {
    store,
    registry,
    admission,
    checkRights: () => undefined,
    converter: { convert: async (_, objects) => objects },
    kernel: { clock, random: seededRandom(7) },
  };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } };
  await store.write({
    do: "put",
    kind: "namespaces",
    namespace: "",
    name: "default",
    object: namespace,
    expectedRevision: 0,
  });
  const warnings: string[] = [];
  const request = (name = "", query = "", subresource = ""): ResourceRequest => ({
    ...ownRequest(widgets, { namespace: "default", name }),
    query: new URLSearchParams(query),
    subresource,
    userAgent: "tester/1.0 (linux)",
    warn: (message) => warnings.push(message),
  });
  const widget = (name: string, more: object = {}) => ({
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name },
    spec: { size: 1 },
    ...more,
  });
  return {
    context,
    store,
    clock,
    widgets,
    warnings,
    admitted,
    request,
    widget,
    created: async (name, more) => (await create(context, request(), widget(name, more))).object,
    stored: (name) => store.get({ kind: widgets.storage, namespace: "default", name })?.object,
  };
}

/** The error that a request ends with. */
export async function refusalOf(write: Promise<unknown>): Promise<StatusError> {
  const error = await write.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof StatusError) return error;
  throw new Error(`not refused with a status: ${String(error)}`);
}
