import { expect, test } from "vitest";
import { withoutManagedFields } from "./output.ts";

test("an object is printed without who set which field, and is otherwise as it was", () => {
  const metadata = { name: "web", namespace: "fleet", uid: "u", generation: 2 };
  const object = { apiVersion: "v1", kind: "Thing", spec: { size: 1 } };
  const managed = { ...object, metadata: { ...metadata, managedFields: [{ manager: "plexaubnet" }] } };
  expect(withoutManagedFields(managed)).toEqual({ ...object, metadata });
  expect(managed.metadata.managedFields).toHaveLength(1);
});
