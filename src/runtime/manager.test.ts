import { expect, test } from "vitest";
import { controller } from "./controller.ts";
import type { Decision } from "./flow.ts";
import { RuntimeFixture } from "./testing/runtime-fixture.ts";
import { thing, things } from "./testing/things.ts";

const nothing: Decision = { verdict: "settled", actions: [], because: "nothing to do" };

test("a manager lists, watches, decides and writes", async () => {
  const fixture = new RuntimeFixture();
  fixture.api.put(things, thing("a", { size: 1 }));
  const manager = fixture.manager();
  const cache = manager.cache(things);
  manager.add(
    controller("sizes")
      .for(things)
      .reconcile(({ namespace, name }) => {
        const found = cache.get(namespace, name);
        if (found === undefined || found.status?.size === found.spec?.size) return nothing;
        const status = { size: found.spec?.size };
        return {
          verdict: "settled",
          actions: [{ do: "patch-status", resource: things, of: found, status }],
          because: "the size changed",
        };
      }),
  );
  await manager.start();
  fixture.api.put(things, thing("b", { size: 2 }));
  await fixture.settle();
  expect(fixture.api.peek(things, "n", "a")?.status).toEqual({ size: 1 });
  expect(fixture.api.peek(things, "n", "b")?.status).toEqual({ size: 2 });
  expect(fixture.api.log("patch")).toEqual(["patch Thing n/a", "patch Thing n/b"]);
});
