import { expect, test } from "vitest";
import type { AnyObject } from "../../../kube/object.ts";
import { applyPatch, conflictMessage } from "./apply-patch.ts";
import type { ManagedFieldsEntry } from "./managed-fields.ts";
import { trackUpdate } from "./track-update.ts";

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        replicas: { type: "integer" },
        image: { type: "string" },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            properties: { name: { type: "string" }, port: { type: "integer" }, note: { type: "string" } },
          },
        },
        tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
        args: { type: "array", items: { type: "string" } },
        selector: {
          type: "object",
          "x-kubernetes-map-type": "atomic",
          additionalProperties: { type: "string" },
        },
      },
    },
    status: { type: "object", properties: { phase: { type: "string" } } },
  },
};

function object(spec: object | undefined, metadata: object = {}): AnyObject {
  return {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "a", ...metadata },
    ...(spec === undefined ? {} : { spec }),
  };
}

function outcome(live: AnyObject | undefined, config: AnyObject, manager = "one", more: object = {}) {
  return applyPatch({
    schema,
    live,
    config,
    manager,
    force: false,
    hasStatus: true,
    nowText: "2026-01-01T00:00:00Z",
    ...more,
  });
}

function apply(
  live: AnyObject | undefined,
  config: AnyObject,
  manager = "one",
  more: object = {},
): AnyObject {
  const applied = outcome(live, config, manager, more);
  if (!applied.ok) throw new Error(conflictMessage(applied.error));
  return applied.value.object;
}

function update(
  live: AnyObject | undefined,
  next: AnyObject,
  manager: string,
  subresource?: string,
): AnyObject {
  const managedFields = trackUpdate({
    schema,
    live,
    next,
    manager,
    subresource,
    nowText: "2026-01-01T00:00:01Z",
  });
  return { ...next, metadata: { ...next.metadata, managedFields } };
}

function owners(of: AnyObject): Record<string, unknown> {
  const entries = (of.metadata.managedFields ?? []) as readonly ManagedFieldsEntry[];
  return Object.fromEntries(entries.map((entry) => [`${entry.manager} ${entry.operation}`, entry.fieldsV1]));
}

test("the first apply creates the object and owns what it has", () => {
  const created = apply(
    undefined,
    object({ replicas: 1, ports: [{ name: "http", port: 80 }], tags: ["x"] }, { labels: { app: "a" } }),
  );
  expect(created.spec).toEqual({ replicas: 1, ports: [{ name: "http", port: 80 }], tags: ["x"] });
  expect(created.metadata.managedFields).toEqual([
    {
      manager: "one",
      operation: "Apply",
      apiVersion: "example.com/v1",
      time: "2026-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:metadata": { "f:labels": { "f:app": {} } },
        "f:spec": {
          "f:replicas": {},
          "f:ports": { 'k:{"name":"http"}': { ".": {}, "f:name": {}, "f:port": {} } },
          "f:tags": { 'v:"x"': {} },
        },
      },
    },
  ]);
});

test("what is no longer applied goes, and only that", () => {
  const live = update(
    apply(undefined, object({ replicas: 1, image: "a" })),
    object({ replicas: 1, image: "a", args: ["x"] }),
    "other",
  );
  const next = apply(live, object({ image: "a" }));
  expect(next.spec).toEqual({ image: "a", args: ["x"] });
});

test("what another manager owns too stays", () => {
  const live = apply(apply(undefined, object({ replicas: 1, image: "a" })), object({ replicas: 1 }), "two");
  expect(apply(live, object({ image: "a" })).spec).toEqual({ replicas: 1, image: "a" });
  expect(apply(live, object({ image: "a" }), "two").spec).toEqual({ replicas: 1, image: "a" });
});

test("an item of a list goes with what is in it, unless another owns a part of it", () => {
  const first = apply(
    undefined,
    object({
      ports: [
        { name: "a", port: 1 },
        { name: "b", port: 2 },
      ],
    }),
  );
  expect(apply(first, object({ ports: [{ name: "b", port: 2 }] })).spec).toEqual({
    ports: [{ name: "b", port: 2 }],
  });
  const shared = apply(first, object({ ports: [{ name: "a", note: "mine" }] }), "two");
  expect(shared.spec).toEqual({
    ports: [
      { name: "a", port: 1, note: "mine" },
      { name: "b", port: 2 },
    ],
  });
  expect(apply(shared, object({})).spec).toEqual({ ports: [{ name: "a", note: "mine" }] });
  expect(apply(first, object({})).spec).toEqual({});
  expect(apply(first, object(undefined)).spec).toBeUndefined();
});

test("items of a set come and go one by one", () => {
  const live = apply(apply(undefined, object({ tags: ["a", "b"] })), object({ tags: ["b", "c"] }), "two");
  expect(live.spec).toEqual({ tags: ["a", "b", "c"] });
  expect(apply(live, object({ tags: [] })).spec).toEqual({ tags: ["b", "c"] });
});

test("a field that another owns with another value is a conflict, worded as kubectl prints it", () => {
  const live = update(
    undefined,
    object({ replicas: 1, image: "a", ports: [{ name: "http", port: 80 }] }),
    "kubectl-edit",
  );
  const one = outcome(live, object({ replicas: 2, image: "a" }));
  expect(one.ok ? "" : conflictMessage(one.error)).toBe(
    'Apply failed with 1 conflict: conflict with "kubectl-edit" using example.com/v1: .spec.replicas',
  );
  const two = outcome(live, object({ replicas: 2, ports: [{ name: "http", port: 81 }] }));
  expect(two.ok ? "" : conflictMessage(two.error)).toBe(
    'Apply failed with 2 conflicts: conflicts with "kubectl-edit" using example.com/v1:\n- .spec.ports[name="http"].port\n- .spec.replicas',
  );
  expect(two.ok ? [] : two.error.map(({ field, message }) => ({ field, message }))).toEqual([
    { field: '.spec.ports[name="http"].port', message: 'conflict with "kubectl-edit" using example.com/v1' },
    { field: ".spec.replicas", message: 'conflict with "kubectl-edit" using example.com/v1' },
  ]);
});

test("force takes the field over; the same value is shared without it", () => {
  const live = update(undefined, object({ replicas: 1, image: "a" }), "editor");
  const forced = apply(live, object({ replicas: 2 }), "one", { force: true });
  expect(owners(forced)).toEqual({
    "one Apply": { "f:spec": { "f:replicas": {} } },
    "editor Update": { "f:spec": { ".": {}, "f:image": {} } },
  });
  const shared = apply(live, object({ replicas: 1 }));
  expect(owners(shared)["editor Update"]).toEqual({ "f:spec": { ".": {}, "f:image": {}, "f:replicas": {} } });
});

test("an atomic map or list is one field", () => {
  const live = apply(undefined, object({ selector: { a: "1" }, args: ["x", "y"] }));
  expect(owners(live)).toEqual({ "one Apply": { "f:spec": { "f:selector": {}, "f:args": {} } } });
  expect(apply(live, object({ selector: { b: "2" }, args: ["z"] })).spec).toEqual({
    selector: { b: "2" },
    args: ["z"],
  });
  const other = outcome(live, object({ selector: { a: "1", b: "2" } }), "two");
  expect(other.ok ? "" : conflictMessage(other.error)).toBe(
    'Apply failed with 1 conflict: conflict with "one": .spec.selector',
  );
});

test("the same configuration again changes nothing, its time neither", () => {
  const live = apply(
    undefined,
    object({ replicas: 1, ports: [{ name: "a", port: 1 }] }, { labels: { x: "1" } }),
  );
  const again = outcome(
    live,
    object({ replicas: 1, ports: [{ name: "a", port: 1 }] }, { labels: { x: "1" } }),
    "one",
    { nowText: "2027-01-01T00:00:00Z" },
  );
  expect(again.ok && again.value.unchanged).toBe(true);
  expect(again.ok && again.value.object).toEqual(live);
});

test("status is applied at its own endpoint only, under an entry of its own", () => {
  const config = { ...object({ replicas: 1 }), status: { phase: "Up" } };
  const main = apply(undefined, config);
  expect(main.status).toBeUndefined();
  const status = apply(main, { ...config, spec: { replicas: 9 } }, "one", { subresource: "status" });
  expect(status).toMatchObject({ spec: { replicas: 1 }, status: { phase: "Up" } });
  expect(status.metadata.managedFields).toHaveLength(2);
  expect(status.metadata.managedFields).toContainEqual(
    expect.objectContaining({ subresource: "status", fieldsV1: { "f:status": { "f:phase": {} } } }),
  );
  const conflict = outcome(status, { ...config, status: { phase: "Down" } }, "two", {
    subresource: "status",
  });
  expect(conflict.ok ? "" : conflictMessage(conflict.error)).toBe(
    'Apply failed with 1 conflict: conflict with "one" with subresource "status": .status.phase',
  );
});

test("an object from before owners were kept gets one for all that is there", () => {
  const live = object({ replicas: 1, image: "a" });
  const conflict = outcome(live, object({ replicas: 2 }));
  expect(conflict.ok ? "" : conflictMessage(conflict.error)).toContain('"before-first-apply"');
  expect(Object.keys(owners(apply(live, object({ replicas: 1 }))))).toEqual([
    "one Apply",
    "before-first-apply Update",
  ]);
});

test("kubectl takes over what it applied on the client's side before", () => {
  const annotations = {
    "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(object({ replicas: 1 })),
  };
  const live = update(
    undefined,
    object({ replicas: 1, image: "a" }, { annotations }),
    "kubectl-client-side-apply",
  );
  expect(apply(live, object({ replicas: 2 }), "kubectl").spec).toEqual({ replicas: 2, image: "a" });
  expect(outcome(live, object({ image: "b" }), "kubectl").ok).toBe(false);
  expect(outcome(live, object({ replicas: 2 }), "helm").ok).toBe(false);
});

test("a configuration that was read from the server does not undo its metadata", () => {
  const live = apply(undefined, object({ replicas: 1 }, { creationTimestamp: "x", uid: "u" }));
  const stored = {
    ...live,
    metadata: { ...live.metadata, creationTimestamp: "2026-01-01T00:00:00Z", generation: 3 },
  };
  const next = apply(stored, object({ replicas: 1 }, { creationTimestamp: null, generation: 1 }));
  expect(next.metadata).toMatchObject({ creationTimestamp: "2026-01-01T00:00:00Z", generation: 3 });
});
