/** One controller over things in a started manager, for tests of what happens to its requests. */
import { type ControllerDefinition, controller } from "../controller.ts";
import type { Action, Decision, Request } from "../flow.ts";
import type { ReconcileReport } from "../reconcile/workers.ts";
import { RuntimeFixture } from "./runtime-fixture.ts";
import { type Thing, things } from "./things.ts";

export const settled = (...actions: Action[]): Decision => ({
  verdict: "settled",
  actions,
  message: "it is so",
});

/** A started manager with one controller over things; `decide` may read the cache. */
export async function setUp(
  decide: (found: Thing | undefined, request: Request) => Decision,
  limits: Partial<ControllerDefinition> = {},
) {
  const fixture = new RuntimeFixture();
  const manager = fixture.manager();
  const cache = manager.cache(things);
  const reports: ReconcileReport[] = [];
  const calls: string[] = [];
  const definition = controller("test")
    .for(things)
    .reconcile(
      (request) => {
        calls.push(request.name);
        return decide(cache.get(request.namespace, request.name), request);
      },
      { onResult: (report) => reports.push(report), ...limits },
    );
  const handle = manager.add(definition);
  await manager.start();
  return { fixture, manager, cache, handle, reports, calls };
}

export const setStatus = (of: Thing, status: object): Action => ({
  do: "patch-status",
  resource: things,
  of,
  status,
});
export const sizes = (found: Thing | undefined): Decision =>
  found === undefined || found.status?.size === found.spec?.size
    ? settled()
    : settled(setStatus(found, { size: found.spec?.size }));
