/**
 * Reads a backup: what `plexaubnet export` wrote, or `kubectl get -o yaml` or `-o json`, or documents by hand. Nothing of
 * it is used without validation.
 */
import { readFileSync } from "node:fs";
import type { Subnet, SubnetClaim, SubnetPool, SubnetPoolClaim } from "../../api/index.ts";
import type { AnyObject, KubeObject } from "../../client/index.ts";
import type { FleetObject, FleetObjects } from "../../operator/index.ts";
import { CommandFailure } from "../failure.ts";
import { bareNamespace } from "./bare-object.ts";
import { documentsIn, type Found } from "./documents.ts";
import { faultOfContent, faultOfKind } from "./object-faults.ts";

/** One object that is not as it must be. */
export interface ObjectFault {
  /** `fleet.yaml:12`. */
  readonly origin: string;
  /** `SubnetClaim fleet/web`. */
  readonly object: string;
  /** What is wrong with it, and the cure. */
  readonly message: string;
}

export interface BackupFile {
  readonly fleet: FleetObjects;
  /** By name: every one that something is to be in. */
  readonly namespaces: ReadonlyMap<string, AnyObject>;
  readonly faults: readonly ObjectFault[];
  originOf(object: FleetObject): string;
}

export interface Placement {
  /** All that the file has goes into it; of a file with several namespaces, what it has of this one. */
  readonly namespace: string | undefined;
  /** For objects that name none. */
  readonly fallback: string;
}

/** @throws CommandFailure when the file cannot be read, or has nothing for that namespace. */
export function readBackupFile(file: string, placement: Placement): BackupFile {
  return readBackup(textOf(file), file, placement);
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`${file} cannot be read (${code ?? message}): specify a readable backup.`, {
      cause: error,
    });
  }
}

export function readBackup(text: string, file: string, placement: Placement): BackupFile {
  const faults: ObjectFault[] = [];
  const found = documentsIn(text, file).filter(({ content, origin }) => {
    const message = faultOfKind(content);
    if (message !== undefined) faults.push({ origin, object: describe(content), message });
    return message === undefined;
  });
  const placed = place(found, placement, file);
  const origins = new Map<FleetObject, string>();
  const byName = new Map<string, string>();
  const namespaces = new Map<string, AnyObject>();
  for (const { object, origin } of placed) {
    const name = describe(object);
    const first = byName.get(name);
    byName.set(name, first ?? origin);
    const twice =
      first === undefined ? undefined : `is in the file twice, at ${first} too: remove one of them`;
    if (object.kind === "Namespace") {
      namespaces.set(object.metadata.name, bareNamespace(object.metadata.name, object));
      continue;
    }
    const message = twice ?? faultOfContent(object as FleetObject);
    if (message !== undefined) faults.push({ origin, object: name, message });
    else origins.set(object as FleetObject, origin);
    const { namespace = "" } = object.metadata;
    if (!namespaces.has(namespace)) namespaces.set(namespace, bareNamespace(namespace));
  }
  return {
    fleet: fleetOf(origins.keys()),
    namespaces,
    faults,
    originOf: (object) => origins.get(object) ?? file,
  };
}

/** `SubnetClaim fleet/web`, as far as it has a name. */
function describe(content: unknown): string {
  const { kind, metadata } = (content ?? {}) as Partial<KubeObject>;
  const name = [metadata?.namespace, metadata?.name].filter((part) => part !== undefined).join("/");
  return [kind ?? "something", name].filter((part) => part !== "").join(" ");
}

interface Placed {
  readonly object: KubeObject;
  readonly origin: string;
}

function place(found: readonly Found[], { namespace, fallback }: Placement, file: string): Placed[] {
  const objects = found.map(({ content, origin }) => ({ object: content as KubeObject, origin }));
  const named = new Set(
    objects.flatMap(({ object }) => (isNamespace(object) ? [] : (object.metadata.namespace ?? []))),
  );
  const isOfMany = named.size > 1;
  if (namespace !== undefined && isOfMany && !named.has(namespace)) {
    const all = [...named].sort().join(", ");
    throw new CommandFailure(`${file} contains nothing from namespace ${namespace}: it contains ${all}.`);
  }
  return objects.flatMap(({ object, origin }) => {
    const own = isNamespace(object) ? object.metadata.name : object.metadata.namespace;
    if (namespace !== undefined && isOfMany && own !== namespace && own !== undefined) return [];
    // Of the cluster's other namespaces, where all goes into one that is named.
    if (namespace !== undefined && isNamespace(object) && own !== namespace && !named.has(own ?? ""))
      return [];
    return [{ object: moved(object, namespace ?? own ?? fallback), origin }];
  });
}

function isNamespace({ kind }: KubeObject): boolean {
  return kind === "Namespace";
}

/** Where it goes. A field that is there and empty is as good as none, and some readers would trip over it. */
function moved(object: KubeObject, namespace: string): KubeObject {
  const filled = Object.entries(object.metadata).filter(([, value]) => value !== null);
  const metadata = { ...(Object.fromEntries(filled) as unknown as KubeObject["metadata"]) };
  const placed = isNamespace(object) ? { ...metadata, name: namespace } : { ...metadata, namespace };
  return { ...object, metadata: placed };
}

function fleetOf(objects: Iterable<FleetObject>): FleetObjects {
  const all = Map.groupBy(objects, ({ kind }) => kind);
  return {
    pools: (all.get("SubnetPool") ?? []) as SubnetPool[],
    poolClaims: (all.get("SubnetPoolClaim") ?? []) as SubnetPoolClaim[],
    claims: (all.get("SubnetClaim") ?? []) as SubnetClaim[],
    subnets: (all.get("Subnet") ?? []) as Subnet[],
  };
}
