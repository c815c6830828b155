/**
 * What each controller of an operator reads and writes, in the words of RBAC: `list subnets`,
 * `patch subnetpools/status`. For tests that put {@link recorded} around the operator's controllers.
 */
import type { KubeObject, Resource } from "../../src/client/index.ts";
import type { operatorControllers } from "../../src/operator/controllers/index.ts";
import type { Action, CacheReader, ControllerDefinition, WriteObserver } from "../../src/runtime/index.ts";

type World = Parameters<typeof operatorControllers>[0];
type Books = Parameters<typeof operatorControllers>[1];

/** Controller → what it did → how often. */
const rights = new Map<string, Map<string, number>>();

const LOOKING = ["get", "list", "watch"];

function note(controller: string, right: string): void {
  const own = rights.get(controller) ?? new Map<string, number>();
  rights.set(controller, own.set(right, (own.get(right) ?? 0) + 1));
}

function noteLook(controller: string, { plural }: Resource): void {
  for (const verb of LOOKING) note(controller, `${verb} ${plural}`);
}

export function rightsUsedBy(controller: string): readonly string[] {
  return [...(rights.get(controller)?.keys() ?? [])].sort();
}

/** By which controllers, and how often. */
export function usesOf(right: string): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const [controller, own] of rights) {
    const count = own.get(right);
    if (count !== undefined) uses.set(controller, count);
  }
  return uses;
}

/** Builds the controllers as `build` does. They do what they did before, and it is written down. */
export function recorded(
  build: typeof operatorControllers,
  world: World,
  books: Books,
): readonly ControllerDefinition[] {
  /** Whose turn it is: a reconcile reads everything in one synchronous turn. */
  let deciding: string | undefined;
  const spied = <T extends KubeObject>(cache: CacheReader<T>): CacheReader<T> =>
    new Proxy(cache, {
      get(target, property) {
        if (deciding !== undefined)
          noteLook(deciding, (target as unknown as { resource: Resource }).resource);
        const member = Reflect.get(target, property, target) as unknown;
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  Object.assign(world, {
    pools: spied(world.pools),
    claims: spied(world.claims),
    subnets: spied(world.subnets),
    poolClaims: spied(world.poolClaims),
  });
  return build(world, books).map((definition) => {
    const { name, routes, reconcile } = definition;
    for (const { resource } of routes) noteLook(name, resource);
    return {
      ...definition,
      observer: writesOf(name, definition.observer),
      reconcile: (request) => {
        deciding = name;
        try {
          const decision = reconcile(request);
          if (decision.verdict === "blocked")
            for (const key of decision.until) if ("resource" in key) noteLook(name, key.resource);
          for (const action of decision.actions)
            if (action.do === "confirm-gone" || action.do === "confirm-there")
              note(name, `get ${action.resource.plural}`);
          return decision;
        } finally {
          deciding = undefined;
        }
      },
    };
  });
}

function writesOf(controller: string, observer: WriteObserver | undefined): WriteObserver {
  return {
    beforeWrite: (action) => observer?.beforeWrite(action),
    afterWrite(action, outcome) {
      observer?.afterWrite(action, outcome);
      if (outcome.result === "not-sent") return;
      for (const right of rightsFor(action)) note(controller, right);
    },
  };
}

function rightsFor(action: Action): readonly string[] {
  switch (action.do) {
    case "patch-status":
      return [`patch ${action.resource.plural}/status`];
    case "patch":
    case "delete":
      return [`${action.do} ${action.resource.plural}`];
    case "create": {
      const blocking = (action.object.metadata.ownerReferences ?? []).filter(
        ({ blockOwnerDeletion }) => blockOwnerDeletion === true,
      );
      // Asked for by the admission plugin OwnerReferencesPermissionEnforcement. Kinds of ours have regular
      // plurals.
      const finalizers = blocking.map(({ kind }) => `update ${kind.toLowerCase()}s/finalizers`);
      return [`create ${action.resource.plural}`, ...finalizers];
    }
    default:
      return [];
  }
}
