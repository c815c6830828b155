import type { KubeObject, ObjectMeta } from "../../kube/index.ts";

/**
 * Names of fields → an object that has them. Few, as `metadata` has few fields. An object that is copied from one of
 * these has room for its fields and none to spare, which rest syntax leaves: a third more.
 */
const templates = new Map<string, object>();

/**
 * Half of many objects are `managedFields`, which no controller here reads. An object that is frozen is kept by another one,
 * as by a server in this process: a copy without them would be more, and not less.
 */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined || Object.isFrozen(object)) return object;
  const from = object.metadata as unknown as Readonly<Record<string, unknown>>;
  const names = Object.keys(from).filter((name) => name !== "managedFields");
  const metadata: Record<string, unknown> = { ...templateFor(names) };
  for (const name of names) metadata[name] = from[name];
  return { ...object, metadata: metadata as unknown as ObjectMeta };
}

function templateFor(names: readonly string[]): object {
  const key = names.join();
  const known = templates.get(key);
  if (known !== undefined) return known;
  const made: object = JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:null`).join()}}`);
  templates.set(key, made);
  return made;
}
