/** An object as a user would write it: without what a server, a controller or kubectl added for its present life. */
import {
  BLOCK_LABEL,
  BLOCK_LIFE_LABEL,
  BLOCK_OWNER_LABEL,
  CLUSTER_ID_LABEL,
  POOL_CLAIM_LABEL,
  POOL_LABEL,
  type Subnet,
  type SubnetPool,
} from "../../api/index.ts";
import type { AnyObject, KubeObject } from "../../client/index.ts";
import { compareText, defined } from "../../kernel/index.ts";
import type { FleetObject } from "../../operator/index.ts";
import { isLabelValue, labelFor } from "../../operator/model/label-value.ts";
import { backingClusterID } from "../../operator/model/subnet-name.ts";
import { backingNameOf, type FleetLookup, makerOf } from "./fleet-lookup.ts";

/** What `kubectl apply` applied last, which is another manifest than this one. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** The server sets it on every Namespace. */
const NAME_LABEL = "kubernetes.io/metadata.name";

const RECORD_LABELS: ReadonlySet<string> = new Set([BLOCK_LABEL, BLOCK_OWNER_LABEL, BLOCK_LIFE_LABEL]);

type Texts = Readonly<Record<string, string>>;

/** @param added labels: they go before those of the object. */
export function bareObject(source: FleetObject, lookup: FleetLookup, added: Texts = {}): FleetObject {
  const labels = {
    ...without(source.metadata.labels, (name) => RECORD_LABELS.has(name)),
    ...(source.kind === "SubnetPool" ? makerLabel(source as SubnetPool) : {}),
    ...added,
  };
  const bare = {
    apiVersion: source.apiVersion,
    kind: source.kind,
    metadata: metadataOf(source, labels),
    spec: sorted(source.spec),
  };
  return source.kind === "Subnet"
    ? bareSubnet(bare as Subnet, source as Subnet, lookup)
    : (bare as FleetObject);
}

export function bareNamespace(name: string, source?: KubeObject): AnyObject {
  const labels = without(source?.metadata.labels, (label) => label === NAME_LABEL);
  const { namespace: _, ...metadata } = metadataOf(source ?? nameless("Namespace", name), labels);
  return { apiVersion: "v1", kind: "Namespace", metadata: { ...metadata, name } };
}

function nameless(kind: string, name: string): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name } };
}

function metadataOf({ metadata }: KubeObject, labels: Texts): KubeObject["metadata"] {
  const annotations = without(metadata.annotations, (name) => name === LAST_APPLIED);
  return {
    name: metadata.name,
    ...defined({
      namespace: metadata.namespace,
      labels: Object.keys(labels).length === 0 ? undefined : (sorted(labels) as Texts),
      annotations: Object.keys(annotations).length === 0 ? undefined : (sorted(annotations) as Texts),
    }),
  };
}

function without(texts: Texts | undefined, isLeftOut: (name: string) => boolean): Texts {
  return Object.fromEntries(Object.entries(texts ?? {}).filter(([name]) => !isLeftOut(name)));
}

/** A name that is longer than a label may be is found by the pool's own name, which is the claim's. */
function makerLabel(pool: SubnetPool): Texts {
  const maker = makerOf(pool);
  return maker !== undefined && isLabelValue(maker) ? { [POOL_CLAIM_LABEL]: maker } : {};
}

/** Its claim has another UID in its next life. What another operator held by a claim of its own, it held for a pool. */
function bareSubnet(bare: Subnet, source: Subnet, lookup: FleetLookup): Subnet {
  const { claimRef, ...spec } = bare.spec;
  const child = lookup.childByInner(source);
  if (child === undefined) {
    const name = claimRef?.name;
    return { ...bare, spec: name ? { ...bare.spec, claimRef: { name } } : spec };
  }
  const clusterID = backingClusterID(child.metadata.name);
  const labels = {
    ...bare.metadata.labels,
    [POOL_LABEL]: labelFor(spec.poolRef),
    [CLUSTER_ID_LABEL]: labelFor(clusterID),
  };
  const name = backingNameOf(spec.poolRef, child.metadata.name);
  return {
    ...bare,
    metadata: { ...bare.metadata, name, labels: sorted(labels) as Texts },
    spec: sorted({ ...spec, clusterID }) as Subnet["spec"],
  };
}

/** The keys in order, however deep: a server may give them in any. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => compareText(a, b));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
