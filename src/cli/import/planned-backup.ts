/** A plan in the form in which `restore` checks and creates what a file has. Pure. */

import {
  recordOf,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import type { AnyObject } from "../../client/index.ts";
import {
  type Fault,
  IMPORTED_VRF,
  type Origin,
  originText,
  type PlannedKind,
  type PlannedObject,
} from "../../exchange/index.ts";
import type { FleetObject, FleetObjects } from "../../operator/index.ts";
import { bareNamespace } from "../backup/bare-object.ts";
import { faultOfContent, faultOfKind } from "../backup/object-faults.ts";
import type { BackupFile } from "../backup/read-backup.ts";
import { planBeside, type Words } from "../restore/restore-fleet.ts";
import { poolFaults } from "./beside-cluster.ts";

export interface Checked {
  /** What nothing is wrong with. */
  readonly backup: BackupFile;
  readonly sound: readonly PlannedKind[];
  readonly faults: readonly Fault[];
}

/** On its own, together with the others, and together with the cluster. */
export function checkedObjects(
  objects: readonly PlannedObject[],
  vrfs: ReadonlyMap<string, string>,
  live: FleetObjects,
  source: string,
): Checked {
  const faults: Fault[] = [];
  const nowhere: Origin = { file: source, line: undefined };
  const say = (origin: Origin | undefined, message: string) =>
    faults.push(conflict(origin ?? nowhere, message));
  const origins = new Map<PlannedKind, Origin | undefined>();
  const names = new Map<string, Origin>();
  const known = new Set([...live.pools, ...objects.map(({ object }) => object)].flatMap(poolNameOf));
  const pools = poolFaults(objects, live);
  faults.push(...pools.values());
  const barred = new Set([...pools.keys()].map(poolName));
  for (const { object, origin } of objects) {
    const name = `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
    const first = names.get(name);
    const twice = first && `is in the source twice, at ${originText(first)} too: leave one of them`;
    const message = twice ?? faultOfKind(object) ?? faultOfContent(object) ?? orphanFault(object, known);
    if (message !== undefined) say(origin, `${name} ${message}`);
    else if (!isBarred(object, barred)) origins.set(object, origin);
    names.set(name, first ?? origin ?? nowhere);
  }
  const backup = backupOfPlan(origins, vrfs, source);
  const beside = planBeside(live, backup, source, importWords(source, 0));
  const sound = new Set<FleetObject>(beside.plan.sound.entries.map(({ source: object }) => object));
  const unsound = [...origins.keys()].filter((object) => !sound.has(object));
  const messages = new Map(beside.faults.map(({ object, message }) => [object, message]));
  for (const object of unsound) {
    const name = `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
    const message = messages.get(name);
    if (message !== undefined) say(origins.get(object), `${name} ${message}`);
  }
  const left = new Map([...origins].filter(([object]) => sound.has(object)));
  return { backup: backupOfPlan(left, vrfs, source), sound: [...left.keys()], faults };
}

function poolName({ metadata }: PlannedKind): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function poolNameOf(object: FleetObject): string[] {
  return object.kind === "SubnetPool" ? [`${object.metadata.namespace}/${object.metadata.name}`] : [];
}

/** A block that an edited export has out of a pool that is nowhere. What has no block waits, as it did before. */
function orphanFault(object: PlannedKind, known: ReadonlySet<string>): string | undefined {
  const { metadata, spec } = object;
  if (!("poolRef" in spec) || known.has(`${metadata.namespace}/${spec.poolRef}`)) return undefined;
  if (object.kind === "SubnetClaim" && recordOf(object as SubnetClaim) === undefined) return undefined;
  return `is out of pool ${spec.poolRef}, which is neither in the source nor in the cluster: add its row, or name another pool`;
}

/** A pool that cannot be, and whatever would be in it. Pools stand before what is in them. */
function isBarred(object: PlannedKind, barred: Set<string>): boolean {
  const { kind, spec, metadata } = object;
  const parent = "parentRef" in spec ? spec.parentRef?.name : undefined;
  const within = "poolRef" in spec ? spec.poolRef : parent;
  const isPool = kind === "SubnetPool";
  const isHeldBack =
    (isPool && barred.has(poolName(object))) || barred.has(`${metadata.namespace}/${within}`);
  if (isHeldBack && isPool) barred.add(poolName(object));
  return isHeldBack;
}

/** The sentences of `restore` end in their cure. */
function conflict(origin: Origin, sentence: string): Fault {
  const at = sentence.lastIndexOf(": ");
  return at < 0
    ? { kind: "conflict", origin, message: sentence, cure: "correct it" }
    : { kind: "conflict", origin, message: sentence.slice(0, at), cure: sentence.slice(at + 2) };
}

function backupOfPlan(
  origins: ReadonlyMap<PlannedKind, Origin | undefined>,
  vrfs: ReadonlyMap<string, string>,
  source: string,
): BackupFile {
  const byKind = Map.groupBy(origins.keys(), ({ kind }) => kind);
  const words = new Map([...vrfs].map(([vrf, namespace]) => [namespace, vrf]));
  const used = new Set([...origins.keys()].map(({ metadata }) => metadata.namespace ?? ""));
  return {
    fleet: {
      pools: (byKind.get("SubnetPool") ?? []) as SubnetPool[],
      poolClaims: (byKind.get("SubnetPoolClaim") ?? []) as SubnetPoolClaim[],
      claims: (byKind.get("SubnetClaim") ?? []) as SubnetClaim[],
      subnets: (byKind.get("Subnet") ?? []) as Subnet[],
    },
    namespaces: new Map([...used].sort().map((name) => [name, namespaceFor(name, words.get(name))])),
    faults: [],
    originOf: (object) => {
      const origin = origins.get(object as PlannedKind);
      return origin === undefined ? source : originText(origin);
    },
  };
}

function namespaceFor(name: string, vrf: string | undefined): AnyObject {
  const namespace = bareNamespace(name);
  if (vrf === undefined || vrf === name) return namespace;
  return { ...namespace, metadata: { ...namespace.metadata, annotations: { [IMPORTED_VRF]: vrf } } };
}

/** @param there objects that were in the cluster before */
export function importWords(source: string, there: number): Words {
  return {
    doing: "creating objects:",
    done: there === 0 ? "Imported" : `Imported, beside ${there} objects that were there`,
    verdict: (claims) => `each of the ${claims} claims has its block`,
    again: `\`plexaubnet import ${source} --dry-run\` looks again`,
  };
}
