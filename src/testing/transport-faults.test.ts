import { expect, test } from "vitest";
import { serverFixture } from "../apiserver/testing/server-fixture.ts";
import { systemKernel } from "../kernel/index.ts";
import { type TransportFault, transportFaults } from "./transport-faults.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

test("PX-09 faults happen to the request that they are planned for", async () => {
  const plan: (TransportFault | undefined)[] = [
    { kind: "refuse", code: 429 },
    { kind: "drop" },
    { kind: "lose-answer" },
  ];
  const g = await serverFixture({
    intercept: transportFaults(() => plan.shift(), systemKernel.clock),
  });
  const create = (name: string) =>
    g.request(CONFIG_MAPS, {
      method: "POST",
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name } },
    });
  const refused = await create("refused");
  expect([refused.code, refused.headers["retry-after"]]).toEqual([429, "1"]);
  await expect(create("dropped")).rejects.toThrow();
  await expect(create("lost")).rejects.toThrow();
  const { items } = (await g.request(CONFIG_MAPS)).json as { items: { metadata: { name: string } }[] };
  expect(items.map((item) => item.metadata.name)).toEqual(["lost"]);
  await g.stop();
});
