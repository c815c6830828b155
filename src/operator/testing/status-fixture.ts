/** For tests: PoolStatus alone, over an API that answers from memory, and the pools that it reads. */
import { keyOf } from "../../runtime/index.ts";
import { RuntimeFixture } from "../../runtime/testing/runtime-fixture.ts";
import { startBookkeeping } from "../controllers/bookkeeping.ts";
import { operatorControllers } from "../controllers/index.ts";
import { wakingWorld } from "../controllers/wakes.ts";
import { operatorIndexes } from "../model/indexes.ts";
import { NAMESPACE } from "./objects.ts";

export function statusFixture() {
  const fixture = new RuntimeFixture();
  const manager = fixture.manager({ indexes: operatorIndexes });
  const world = wakingWorld(manager, fixture.kernel);
  const { logger, metrics } = fixture;
  const books = startBookkeeping(manager, world, { registry: metrics.registry, logger });
  const looked: string[] = [];
  for (const definition of operatorControllers(world, books)) {
    if (definition.name !== "PoolStatus") continue;
    const { reconcile } = definition;
    manager.add({
      ...definition,
      reconcile: (target) => {
        looked.push(keyOf(target));
        return reconcile(target);
      },
    });
  }
  return {
    fixture,
    /** Since the start. */
    looksAt: (name: string) => looked.filter((key) => key === `${NAMESPACE}/${name}`).length,
    /** Lets it come to rest with what the API has been given by then. */
    async start() {
      await manager.start();
      await fixture.pass(1_000);
      looked.length = 0;
    },
  };
}
