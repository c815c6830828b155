/** Answers `GET /api/object`: everything about one object. */
import {
  parentNameOf,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { defined, err, ok, type Result } from "../../kernel/index.ts";
import { yamlText } from "../../kernel/yaml-text.ts";
import { explainIn, makerNameOf, type ReportedEvent } from "../../operator/index.ts";
import type { ObjectAnswer, ObjectEvent, ObjectKind, RelatedObject } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";
import { type Fault, notFound } from "./fault.ts";
import { childOf } from "./subnet-facts.ts";

export type AnyObject = Subnet | SubnetClaim | SubnetPool | SubnetPoolClaim;

export const KINDS: Readonly<Record<ObjectKind, { readonly plural: string; readonly word: string }>> = {
  SubnetPool: { plural: SUBNET_POOLS.plural, word: "pool" },
  SubnetClaim: { plural: SUBNET_CLAIMS.plural, word: "claim" },
  Subnet: { plural: SUBNETS.plural, word: "subnet" },
  SubnetPoolClaim: { plural: SUBNET_POOL_CLAIMS.plural, word: "poolclaim" },
};

export function findObject(
  { world }: ConsoleFleet,
  kind: ObjectKind,
  namespace: string,
  name: string,
): Result<AnyObject, Fault> {
  const caches = {
    SubnetPool: world.pools,
    SubnetClaim: world.claims,
    Subnet: world.subnets,
    SubnetPoolClaim: world.poolClaims,
  };
  const found = caches[kind].get(namespace, name);
  if (found !== undefined) return ok(found);
  return err(
    notFound(
      `there is no ${kind} ${name} in namespace ${namespace}: it was deleted, or the name is misspelled`,
    ),
  );
}

/** @param events undefined: the viewer may not read them. */
export function objectAnswer(
  fleet: ConsoleFleet,
  object: AnyObject,
  events: readonly ReportedEvent[] | undefined,
): ObjectAnswer {
  const kind = object.kind as ObjectKind;
  const { namespace, name, labels, annotations, creationTimestamp } = object.metadata;
  const { state, reason, sentences, openings = [] } = explainIn(fleet.world, object);
  const place = placeOf(object);
  const { plural, word } = KINDS[kind];
  return {
    kind,
    namespace,
    name,
    state,
    ...defined({ reason }),
    sentences,
    openings,
    conditions: (object.status?.conditions ?? []).map((condition) => ({
      type: condition.type,
      status: condition.status,
      reason: condition.reason,
      message: condition.message,
      since: condition.lastTransitionTime,
    })),
    ...(events !== undefined && { events: events.map(eventOf).reverse() }),
    labels: labels ?? {},
    annotations: annotations ?? {},
    ...defined({ created: creationTimestamp }),
    yaml: yamlText(withoutManagedFields(object)),
    commands: {
      kubectl: `kubectl get ${plural} ${name} -n ${namespace} -o yaml`,
      explain: `plexaubnet explain ${word}/${name} -n ${namespace}`,
    },
    related: relatedTo(fleet, object),
    ...defined({ place }),
  };
}

function withoutManagedFields<T extends AnyObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function eventOf({ lastSeen, type, reason, message, count }: ReportedEvent): ObjectEvent {
  return {
    ...(lastSeen !== "" && { at: lastSeen }),
    type: type === "Warning" ? "Warning" : "Normal",
    reason,
    message,
    count,
  };
}

export function placeOf(object: AnyObject): { readonly pool: string; readonly cidr: string } | undefined {
  const { spec } = object;
  if ("cidr" in spec && "poolRef" in spec) return { pool: spec.poolRef, cidr: spec.cidr };
  if ("cidr" in spec) return { pool: object.metadata.name, cidr: spec.cidr };
  const cidr = (object as SubnetClaim).status?.allocatedCIDR;
  return "poolRef" in spec && cidr !== undefined ? { pool: spec.poolRef, cidr } : undefined;
}

function relatedTo(fleet: ConsoleFleet, object: AnyObject): RelatedObject[] {
  const of = (as: string, kind: ObjectKind, name: string | undefined): RelatedObject[] =>
    name === undefined || name === "" ? [] : [{ as, kind, name }];
  switch (object.kind) {
    case "Subnet": {
      const { poolRef, claimRef } = (object as Subnet).spec;
      return [
        ...of("its pool", "SubnetPool", poolRef),
        ...of("its claim", "SubnetClaim", claimRef?.name),
        ...of("child pool", "SubnetPool", childOf(fleet, object as Subnet)),
      ];
    }
    case "SubnetClaim": {
      const { spec, status } = object as SubnetClaim;
      return [
        ...of("its pool", "SubnetPool", spec.poolRef),
        ...of("its Subnet", "Subnet", status?.subnetRef?.name),
      ];
    }
    case "SubnetPoolClaim": {
      const { spec, status } = object as SubnetPoolClaim;
      return [
        ...of("parent pool", "SubnetPool", spec.parentPoolRef),
        ...of("its pool", "SubnetPool", status?.boundPoolName),
      ];
    }
    default: {
      const pool = object as SubnetPool;
      const { namespace, name } = pool.metadata;
      const children = fleet.children(namespace, name).slice(0, MOST_RELATED);
      return [
        ...of("parent pool", "SubnetPool", parentNameOf(pool)),
        ...of("made for", "SubnetPoolClaim", makerNameOf(pool)),
        ...children.flatMap(({ metadata }) => of("child pool", "SubnetPool", metadata.name)),
      ];
    }
  }
}

const MOST_RELATED = 50;
