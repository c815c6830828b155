import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AccessRow, accessRows } from "../../testing/access-rows.ts";
import { type AccessWorld, accessWorld } from "../../testing/access-world.ts";

let world: AccessWorld;

beforeAll(async () => {
  world = await accessWorld();
});
afterAll(() => world.stop());

function answerTo({ as, method = "GET", path, body, headers = {} }: AccessRow) {
  const parts = { method, headers, ...(body === undefined ? {} : { body }) };
  if (as === "") return world.request(path, { ...parts, token: "" });
  return as === "admin" ? world.request(path, parts) : world.as(as, path, parts);
}

describe("PS-13 who may do what, beside kube-apiserver 1.36.2", () => {
  const rows = accessRows();

  test.each(rows)("$title (as $as)", async (row) => {
    const [code, reason] = row.here?.answer ?? row.kubernetes;
    const answer = await answerTo(row);
    expect([answer.code, answer.json.reason ?? undefined], answer.text).toEqual([code, reason]);
    if (code === 403 && row.method !== "HEAD") expect(answer.json.message).toContain("forbidden");
  });

  test("the rows differ by their titles", () => {
    const titles = rows.map(({ title }) => title);
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
  });

  test("every difference from Kubernetes is one", () => {
    const alike = rows.filter(({ here, kubernetes }) => here?.answer.join() === kubernetes.join());
    expect(alike).toEqual([]);
  });

  test("nothing that was refused is there", async () => {
    const refused = rows.filter(({ method, here, kubernetes }) => {
      const [code] = here?.answer ?? kubernetes;
      return method === "POST" && code >= 400;
    });
    const names = (refused.map(({ body }) => body) as { metadata?: { name?: string } }[]).flatMap(
      ({ metadata }) => metadata?.name ?? [],
    );
    expect(names).toContain("more");
    const kinds = ["roles", "rolebindings"].map((plural) => `namespaces/default/${plural}`);
    const lists = await Promise.all(
      [...kinds, "clusterroles", "clusterrolebindings"].map((path) =>
        world.admin("GET", `/apis/rbac.authorization.k8s.io/v1/${path}`),
      ),
    );
    const stored = lists.flatMap(({ json }) => json.items as { metadata: { name: string } }[]);
    expect(names.filter((name) => stored.some(({ metadata }) => metadata.name === name))).toEqual([]);
  });
});
