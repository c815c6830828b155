import { expect, test } from "vitest";
import { ApiError, type KubeClient } from "../client/index.ts";
import { ManualClock, seededRandom } from "../kernel/index.ts";
import { pool } from "../operator/testing/objects.ts";
import { readReadable } from "./readable-fleet.ts";

const ALL = ["blue", "green", "red"];

/** A server on which this user may read these namespaces, and list the namespaces or not. */
function access(readable: readonly string[], listsNamespaces: boolean, scope: { namespace?: string } = {}) {
  const forbidden = () => {
    throw new ApiError(403, { kind: "Status", apiVersion: "v1", reason: "Forbidden", message: "no" });
  };
  const list = async (resource: { kind: string }, options: { namespace?: string }) => {
    const metadata = { resourceVersion: "1" };
    if (resource.kind === "Namespace") {
      if (!listsNamespaces) forbidden();
      return { metadata, items: ALL.map((name) => ({ kind: "Namespace", metadata: { name } })) };
    }
    const { namespace } = options;
    if (namespace === undefined ? readable.length < ALL.length : !readable.includes(namespace)) forbidden();
    const items =
      resource.kind === "SubnetPool"
        ? ALL.filter((name) => namespace === undefined || name === namespace).map((name) =>
            pool(`pool-${name}`, "10.0.0.0/8", { metadata: { namespace: name } }),
          )
        : [];
    return { metadata, items };
  };
  return {
    client: { list } as unknown as KubeClient,
    kernel: { clock: new ManualClock(), random: seededRandom(1) },
    server: "https://127.0.0.1",
    namespace: "blue",
    scope,
  };
}

test("PX-20 one who may read everything reads everything at once", async () => {
  const { namespaces, note } = await readReadable(access(ALL, true));
  expect([[...namespaces.keys()], note]).toEqual([ALL, undefined]);
});

test("PX-20 one who may read some namespaces reads those, and one sentence names the others", async () => {
  const { namespaces, note } = await readReadable(access(["blue", "red"], true));
  expect([...namespaces.keys()]).toEqual(["blue", "red"]);
  expect(note).toBe("1 namespace could not be read by this user: green.");
});

test("PX-20 one who may not even list the namespaces reads that of the context, and is notified", async () => {
  const { namespaces, note } = await readReadable(access(["blue"], false));
  expect([...namespaces.keys()]).toEqual(["blue"]);
  expect(note).toMatch(/^Only namespace blue was read: .* name another one with -n\.$/);
});

test("PX-20 a namespace that was asked for and may not be read is an error", async () => {
  await expect(readReadable(access(["blue"], true, { namespace: "red" }))).rejects.toThrow();
});
