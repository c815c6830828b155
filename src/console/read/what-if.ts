/** Answers `POST /api/what-if`: what a claim would get. The space is as it was when this returns. */
import { API_VERSION, readClaimRequest, SUBNET_CLAIMS, type SubnetClaim } from "../../api/index.ts";
import { formatPrefix, type PoolSpace, type Prefix } from "../../ipam/index.ts";
import { defined, err, ok, type Result } from "../../kernel/index.ts";
import { yamlText } from "../../kernel/yaml-text.ts";
import { tryClaim } from "../../operator/index.ts";
import type { WhatIfAnswer, WhatIfFigures, WhatIfRequest } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";
import { type Fault, invalid } from "./fault.ts";
import { noPool } from "./map.ts";
import { freeBySize } from "./pools.ts";

const DEFAULT_CLUSTER = "new-cluster";
/** No object has this name. */
const TRIAL = "what-if/";

/** The claim that the request describes, or what is wrong with it. */
export function claimOf(request: WhatIfRequest): Result<SubnetClaim, Fault> {
  const { namespace, pool, length, cidr, cluster = DEFAULT_CLUSTER, purpose, name } = request;
  const claim: SubnetClaim = {
    apiVersion: API_VERSION,
    kind: SUBNET_CLAIMS.kind,
    metadata: { name: name ?? `${cluster}-${pool}`, namespace },
    spec: {
      poolRef: pool,
      clusterID: cluster,
      ...(purpose !== undefined && purpose !== "" && { purpose }),
      ...defined({ blockSize: length, requestedCIDR: cidr }),
    },
  };
  const wanted = readClaimRequest(claim);
  if (wanted.ok) return ok(claim);
  return err(invalid(wanted.error.map(({ field, message }) => `${field}: ${message}`).join("; ")));
}

export function whatIf(
  fleet: ConsoleFleet,
  request: WhatIfRequest,
  mayCreate: boolean,
): Result<WhatIfAnswer, Fault> {
  const claim = claimOf(request);
  if (!claim.ok) return claim;
  const { namespace, pool } = request;
  const view = fleet.world.spaces.view(`${namespace}/${pool}`);
  if (view?.space === undefined) return err(noPool(fleet, namespace, pool));
  const before = figuresOf(view.space);
  const choice = tryClaim(fleet.world, claim.value);
  const after = choice.ok ? figuresAfter(view.space, choice.value) : before;
  return ok({
    namespace,
    pool,
    ...(choice.ok && { cidr: formatPrefix(choice.value) }),
    message: choice.ok
      ? outcome(claim.value, choice.value, before, after)
      : `The claim would wait: ${choice.error}.`,
    before,
    after,
    manifest: yamlText(claim.value),
    command: commandOf(claim.value, request.name !== undefined),
    mayCreate,
  });
}

function figuresAfter(space: PoolSpace, block: Prefix): WhatIfFigures {
  space.occupy(TRIAL, block);
  try {
    return figuresOf(space);
  } finally {
    space.vacate(TRIAL);
  }
}

function figuresOf(space: PoolSpace): WhatIfFigures {
  const accounting = space.accounting();
  return {
    usePercent: accounting.utilizationPercent,
    fragmentationPercent: accounting.fragmentationPercent,
    ...defined({ largestFreeLength: accounting.largestFreeLength }),
    free: freeBySize(accounting),
  };
}

function outcome(
  { spec }: SubnetClaim,
  block: Prefix,
  { largestFreeLength: before }: WhatIfFigures,
  { largestFreeLength: after }: WhatIfFigures,
): string {
  const largest =
    after === undefined
      ? "then nothing is free"
      : after === before
        ? `the largest free block stays a /${after}`
        : `the largest free block is then a /${after} instead of a /${before}`;
  return `Cluster ${spec.clusterID} would get ${formatPrefix(block)} of pool ${spec.poolRef}; ${largest}.`;
}

function commandOf({ metadata, spec }: SubnetClaim, isNamed: boolean): string {
  const { poolRef, clusterID, blockSize, requestedCIDR, purpose } = spec;
  if (purpose !== undefined) return "kubectl create -f claim.yaml";
  return [
    `plexaubnet claim ${poolRef} --cluster ${clusterID}`,
    ...(blockSize === undefined ? [] : [`--size ${blockSize}`]),
    ...(requestedCIDR === undefined ? [] : [`--cidr ${requestedCIDR}`]),
    ...(isNamed ? [`--name ${metadata.name}`] : []),
    `-n ${metadata.namespace}`,
  ].join(" ");
}
