/** Answers `POST /api/what-if`: what a claim would get. The space is as it was when this returns. */
import {
  API_VERSION,
  exactFault,
  lengthFault,
  readClaimRequest,
  SUBNET_CLAIMS,
  type SubnetClaim,
} from "../../api/index.ts";
import { formatPrefix, type PoolSpace, type Prefix } from "../../ipam/index.ts";
import { err, ok, type Result } from "../../kernel/index.ts";
import { yamlText } from "../../kernel/yaml-text.ts";
import { holderOf, IDENTITY_INDEX, identityKey } from "../../operator/index.ts";
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
      ...(length !== undefined && { blockSize: length }),
      ...(cidr !== undefined && { requestedCIDR: cidr }),
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
  const choice = choose(fleet, claim.value);
  const after = choice.ok ? figuresAfter(view.space, choice.value) : before;
  return ok({
    namespace,
    pool,
    ...(choice.ok && { cidr: formatPrefix(choice.value) }),
    message: choice.ok ? outcome(claim.value, choice.value, before, after) : choice.error,
    before,
    after,
    manifest: yamlText(claim.value),
    command: commandOf(claim.value, request.name !== undefined),
    mayCreate,
  });
}

/** The block, or one sentence why there is none now. */
function choose({ world }: ConsoleFleet, claim: SubnetClaim): Result<Prefix, string> {
  const { namespace } = claim.metadata;
  const { poolRef, clusterID } = claim.spec;
  const pool = world.poolState(namespace, poolRef);
  if (pool.state === "missing") return err(`Pool ${poolRef} does not exist.`);
  if (pool.state === "not-ready") return err(`The claim would wait: pool ${poolRef} ${pool.message}.`);
  const { settings, space } = pool;
  const rival = world.claims.byIndex(IDENTITY_INDEX, identityKey(namespace, claim.spec))[0];
  if (rival !== undefined) {
    return err(
      `Cluster ${clusterID} has a claim of pool ${poolRef} already (${rival.metadata.name}): set another cluster, or a purpose.`,
    );
  }
  if (settings.isPaused) return err(`The claim would wait: pool ${poolRef} is paused.`);
  const wanted = readClaimRequest(claim);
  if (!wanted.ok) return err("The claim cannot be read.");
  if (wanted.value.want === "exactly") return exactly(space, wanted.value.prefix, settings, poolRef);
  const length = wanted.value.want === "length" ? wanted.value.length : settings.defaultLength;
  const fault = lengthFault(length, settings, "spec.blockSize");
  if (fault !== undefined) return err(`${fault.field}: ${fault.message}.`);
  const found = space.find(length, settings.strategy);
  if (found.ok) return ok(found.value);
  return err(
    `The claim would wait: no /${length} is free in pool ${poolRef}. Request a longer prefix, or grow the pool.`,
  );
}

function exactly(
  space: PoolSpace,
  prefix: Prefix,
  settings: Parameters<typeof exactFault>[1],
  poolName: string,
): Result<Prefix, string> {
  const fault = exactFault(prefix, settings, "spec.requestedCIDR");
  if (fault !== undefined) return err(`${fault.field}: ${fault.message}.`);
  const free = space.check(prefix);
  if (free.ok) return ok(prefix);
  const text = formatPrefix(prefix);
  switch (free.error.reason) {
    case "outside":
      return err(`${text} is outside of pool ${poolName}: request a block inside it.`);
    case "reserved":
      return err(`${text} is reserved (${free.error.by}): request another block.`);
    case "taken": {
      const { kind, name } = holderOf(free.error.by);
      return err(
        `The claim would wait: ${formatPrefix(free.error.prefix)} is held by ${kind} ${name}. Request another block to get one now.`,
      );
    }
  }
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
    ...(accounting.largestFreeLength !== undefined && { largestFreeLength: accounting.largestFreeLength }),
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
