/** What is wrong with a single object of a backup, before it is compared with others. */
import { Compile } from "typebox/compile";
import {
  API_VERSION,
  BLOCK_LABEL,
  BLOCK_OWNER_LABEL,
  describeFaults,
  type Fault,
  readClaimRequest,
  readPoolSettings,
  readSubnetBlock,
  recordLabels,
  recordOf,
  type Subnet,
  type SubnetClaim,
  SubnetClaimSpec,
  type SubnetPool,
  type SubnetPoolClaim,
  SubnetPoolClaimSpec,
  SubnetPoolSpec,
  SubnetSpec,
} from "../../api/index.ts";
import type { AnyObject } from "../../client/index.ts";
import { describeParseFailure, parsePrefix } from "../../ipam/index.ts";
import type { Result } from "../../kernel/index.ts";
import type { FleetObject } from "../../operator/index.ts";

const SPECS = {
  SubnetPool: SubnetPoolSpec,
  SubnetPoolClaim: SubnetPoolClaimSpec,
  SubnetClaim: SubnetClaimSpec,
  Subnet: SubnetSpec,
} as const;

export type KnownKind = keyof typeof SPECS;

const VALIDATORS = new Map(Object.entries(SPECS).map(([kind, schema]) => [kind, Compile(schema)]));

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LONGEST_NAME = 253;

/** Why this command cannot process the object; undefined if it can. */
export function faultOfKind(content: unknown): string | undefined {
  if (typeof content !== "object" || content === null || Array.isArray(content))
    return "is not a Kubernetes object: remove it";
  const { apiVersion, kind, metadata } = content as Partial<AnyObject>;
  const isNamespace = kind === "Namespace" && apiVersion === "v1";
  if (!isNamespace && !Object.hasOwn(SPECS, String(kind)))
    return `is of kind ${kind}, which is not part of a backup of Plexaubnet: remove it`;
  if (!isNamespace && apiVersion !== API_VERSION)
    return `is of apiVersion ${apiVersion}, and this version supports only ${API_VERSION}: restore it with the version that wrote it`;
  const name: unknown = metadata?.name;
  if (typeof name !== "string" || name.length > LONGEST_NAME || !OBJECT_NAME.test(name))
    return `has an invalid metadata.name: set the name that it had`;
  const { namespace } = metadata ?? {};
  if (namespace !== undefined && (typeof namespace !== "string" || !OBJECT_NAME.test(namespace)))
    return `has an invalid metadata.namespace: set the namespace that it was in`;
  return faultOfTexts("labels", metadata?.labels) ?? faultOfTexts("annotations", metadata?.annotations);
}

function faultOfTexts(field: string, texts: unknown): string | undefined {
  const isFine =
    texts === undefined ||
    texts === null ||
    (typeof texts === "object" && Object.values(texts).every((text) => typeof text === "string"));
  return isFine ? undefined : `has a value that is not a string in metadata.${field}: quote it`;
}

/** Why its spec, or the record of its block, is invalid. */
export function faultOfContent(object: FleetObject): string | undefined {
  return faultOfSchema(object) ?? faultOfSpec(object) ?? faultOfBlock(object);
}

function faultOfSchema({ kind, spec }: FleetObject): string | undefined {
  if (typeof spec !== "object" || spec === null)
    return "has no spec: copy it from the cluster or from an older backup";
  const [error] = VALIDATORS.get(kind)?.Errors(spec) ?? [];
  if (error !== undefined) return `spec${error.instancePath.replaceAll("/", ".")} ${error.message}`;
  const known = Object.keys(SPECS[kind as KnownKind].properties);
  const unknown = Object.keys(spec).find((field) => !known.includes(field));
  return unknown === undefined
    ? undefined
    : `spec.${unknown} is not supported by this version: remove it, or use the version that wrote it`;
}

function faultOfSpec(object: FleetObject): string | undefined {
  const read = readingOf(object);
  return read === undefined || read.ok ? undefined : describeFaults(read.error);
}

function readingOf(object: FleetObject): Result<unknown, readonly Fault[]> | undefined {
  switch (object.kind) {
    case "SubnetPool":
      return readPoolSettings(object as SubnetPool);
    case "SubnetClaim":
      return readClaimRequest(object as SubnetClaim);
    case "Subnet":
      return readSubnetBlock(object as Subnet);
    default:
      return undefined;
  }
}

function faultOfBlock(object: FleetObject): string | undefined {
  if (object.kind === "SubnetPoolClaim") {
    const { requestedCIDR } = (object as SubnetPoolClaim).spec;
    return faultOfPrefix("spec.requestedCIDR", requestedCIDR) ?? faultOfRecord(object as SubnetPoolClaim);
  }
  if (object.kind !== "SubnetClaim") return undefined;
  const { allocatedCIDR } = (object as SubnetClaim).status ?? {};
  return allocatedCIDR === undefined
    ? faultOfRecord(object as SubnetClaim)
    : faultOfPrefix("status.allocatedCIDR", allocatedCIDR);
}

function faultOfPrefix(field: string, text: string | undefined): string | undefined {
  const parsed = text === undefined ? undefined : parsePrefix(text);
  return parsed === undefined || parsed.ok ? undefined : `${field}: ${describeParseFailure(parsed.error)}`;
}

const ANY_BLOCK = parsePrefix("0.0.0.0/0");

/** A record that does not count would let the claim have any block, in silence. */
function faultOfRecord(claim: SubnetClaim | SubnetPoolClaim): string | undefined {
  const { labels } = claim.metadata;
  const value = labels?.[BLOCK_LABEL];
  if (value === undefined || recordOf(claim) !== undefined || !ANY_BLOCK.ok) return undefined;
  if (labels?.[BLOCK_OWNER_LABEL] === recordLabels(claim, ANY_BLOCK.value)[BLOCK_OWNER_LABEL])
    return `the label ${BLOCK_LABEL} "${value}" is not a block: write it as 10.0.1.0_24 or 2001-db8--_32`;
  return `the label ${BLOCK_OWNER_LABEL} belongs to another claim: restore the original name, pool, clusterID and purpose, or remove the labels ${BLOCK_LABEL}* to let it have any block`;
}
