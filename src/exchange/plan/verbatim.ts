/** An object that an export of ours has in one row, as it was. */
import {
  API_VERSION,
  BLOCK_LIFE_LABEL,
  PARENT_LABEL,
  recordLabels,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { formatPrefix, parsePrefix } from "../../ipam/index.ts";
import { defined } from "../../kernel/index.ts";
import { DESCRIPTION } from "../annotations.ts";
import type { ObjectRest, OwnRecord, Row } from "../row.ts";

export type PlannedKind = SubnetPool | SubnetPoolClaim | SubnetClaim | Subnet;

export interface VerbatimRow {
  readonly namespace: string;
  readonly row: Row;
}

export function verbatimObject({ namespace, row }: VerbatimRow): PlannedKind {
  const own = row.own as OwnRecord;
  const rest: ObjectRest = own.rest ?? {};
  const annotations = { ...defined({ [DESCRIPTION]: row.description || undefined }), ...rest.annotations };
  const object = {
    apiVersion: API_VERSION,
    kind: own.kind,
    metadata: {
      name: own.name ?? "",
      namespace,
      ...defined({
        labels: rest.labels,
        annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
      }),
    },
    spec: specOf(own, row, rest),
  } as PlannedKind;
  return own.kind === "SubnetClaim" || own.kind === "SubnetPoolClaim"
    ? withRecord(object as SubnetClaim | SubnetPoolClaim, row)
    : object;
}

/** The block of the row counts, also where it was edited since. */
function withRecord(claim: SubnetClaim | SubnetPoolClaim, row: Row): SubnetClaim | SubnetPoolClaim {
  const parsed = parsePrefix(row.block);
  const life = claim.metadata.labels?.[BLOCK_LIFE_LABEL];
  if (!parsed.ok || life === undefined) return claim;
  const labels = { ...claim.metadata.labels, ...recordLabels(claim, parsed.value, life) };
  return { ...claim, metadata: { ...claim.metadata, labels } };
}

function specOf(own: OwnRecord, row: Row, { spec = {}, labels = {} }: ObjectRest): object {
  const parsed = parsePrefix(row.block);
  const cidr = parsed.ok ? formatPrefix(parsed.value) : row.block;
  switch (own.kind) {
    case "SubnetPool": {
      const byLabel = labels[PARENT_LABEL] !== undefined;
      return {
        cidr,
        ...(own.pool === undefined || byLabel ? {} : { parentRef: { name: own.pool } }),
        ...spec,
      };
    }
    case "SubnetPoolClaim":
      return { parentPoolRef: own.pool, ...spec };
    default: {
      const purpose = own.purpose === undefined ? {} : { purpose: own.purpose };
      const block = own.kind === "Subnet" ? { cidr } : {};
      return { poolRef: own.pool, clusterID: own.clusterID, ...purpose, ...block, ...spec };
    }
  }
}
