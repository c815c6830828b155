/**
 * Whether a Subnet was made by an operator, and not restored from a backup (`docs/design/0009`). The API server notes who
 * created which fields when, by its own clock: a Subnet that was created again is younger than that note, or was created by
 * another manager. Pure.
 */
import { type Subnet, wasDecided } from "../../api/index.ts";
import type { KubeObject } from "../../kube/index.ts";

/** What the operator writes as. No other program may create Subnets by this name. */
export const FIELD_MANAGER = "plexaubnet-operator";

/** Times have whole seconds, and the two are taken one after the other. */
const MOST_APART_MS = 1_000;

interface Entry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: { readonly "f:spec"?: Readonly<Record<string, unknown>> };
}

/** Known only for those that {@link keepsManagedFields} names. A later change of the metadata makes it unknown. */
export function isMadeByOperator({ metadata }: Subnet): boolean {
  const entries = (metadata.managedFields ?? []) as readonly Entry[];
  const entry = entries.find(
    ({ manager, operation, subresource = "" }) =>
      manager === FIELD_MANAGER && operation === "Update" && subresource === "",
  );
  // Only its creation names the block: a patch of a restored one does not.
  if (entry?.fieldsV1?.["f:spec"]?.["f:cidr"] === undefined) return false;
  const apartMs = Date.parse(entry.time ?? "") - Date.parse(metadata.creationTimestamp ?? "");
  return Math.abs(apartMs) <= MOST_APART_MS;
}

/** Of a Subnet without a decision of this life it matters who made it. */
export function keepsManagedFields(object: KubeObject): boolean {
  if (object.kind !== "Subnet") return false;
  return !wasDecided(object as Subnet);
}
