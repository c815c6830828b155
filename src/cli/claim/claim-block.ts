/** Creates a SubnetClaim, and on request waits for its answer. */
import {
  API_VERSION,
  readClaimRequest,
  SUBNET_CLAIMS,
  SUBNET_POOLS,
  type SubnetClaim,
} from "../../api/index.ts";
import { ApiError } from "../../client/index.ts";
import { defined, oneLine } from "../../kernel/index.ts";
import { explain } from "../../operator/explain/index.ts";
import { type ClusterAccess, withCluster } from "../cluster-access.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import { readFleet } from "../fleet-snapshot.ts";
import { hintAtNamespace } from "../other-namespaces.ts";
import { printList, withoutManagedFields } from "../output.ts";
import { awaitAnswer } from "./await-answer.ts";
import { printTried } from "./claim-file.ts";
import type { ClaimOptions } from "./claim-options.ts";
import { tryClaims } from "./try-claims.ts";

/** @throws CommandFailure when the claim is refused, or has no block in time. */
export async function claimBlock(pool: string | undefined, options: ClaimOptions): Promise<void> {
  const { poolRef, spec } = requestOf(pool, options);
  const name = options.name ?? `${options.cluster}-${poolRef}`;
  await withCluster(options, async (access) => {
    await refuseForeignPool(access, poolRef);
    if (options.dryRun) {
      const { namespace } = access;
      const claim = { kind: "SubnetClaim", metadata: { name, namespace }, spec } as const;
      printTried(await tryClaims(access, [{ origin: "the command line", claim }]), options);
      return;
    }
    const created = await createClaim(access, name, spec);
    printClaim(options.wait ? await waitForBlock(access, created, options.timeout) : created, options);
  });
}

function requestOf(pool: string | undefined, options: ClaimOptions) {
  const { cluster } = options;
  if (pool === undefined || cluster === undefined) {
    const missing = pool === undefined ? "the pool" : "--cluster";
    throw new CommandFailure(`${missing} is missing: name a pool and a cluster, or the claims with --file.`, {
      exitCode: USAGE_EXIT_CODE,
    });
  }
  return { poolRef: pool, spec: specOf(pool, { ...options, cluster }) };
}

function printClaim(claim: SubnetClaim, { output }: ClaimOptions): void {
  const { metadata, status } = claim;
  printList(output, {
    lines: () => [[status?.allocatedCIDR ?? `subnetclaim.plexaubnet.io/${metadata.name} created`]],
    data: () => withoutManagedFields(claim),
    cells: () => [
      ["namespace", "name", "cidr"],
      [metadata.namespace, metadata.name, status?.allocatedCIDR ?? ""],
    ],
  });
}

/** The same reading as the operator's, before anything is sent. */
function specOf(
  poolRef: string,
  { cluster, size, cidr }: Pick<ClaimOptions, "size" | "cidr"> & { readonly cluster: string },
): SubnetClaim["spec"] {
  const spec = {
    poolRef,
    clusterID: cluster,
    ...defined({ blockSize: size, requestedCIDR: cidr }),
  };
  const wanted = readClaimRequest({
    apiVersion: API_VERSION,
    kind: SUBNET_CLAIMS.kind,
    metadata: { name: "", namespace: "" },
    spec,
  });
  if (wanted.ok) return spec;
  const options: Readonly<Record<string, string>> = {
    "spec.requestedCIDR": "--cidr",
    "spec.clusterID": "--cluster",
    "spec.poolRef": "the pool",
  };
  const faults = wanted.error.map(({ field, message }) => `${options[field] ?? field}: ${message}`);
  throw new CommandFailure(`${faults.join("; ")}.`, { exitCode: USAGE_EXIT_CODE });
}

/**
 * A claim may come before its pool, but not from another namespace than the pool's: that one would wait for ever.
 *
 * @throws CommandFailure when the pool is in other namespaces only.
 */
async function refuseForeignPool({ client, namespace }: ClusterAccess, name: string): Promise<void> {
  try {
    await client.get(SUBNET_POOLS, { namespace, name });
    return;
  } catch (error) {
    if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 403)) throw error;
    if (error.code === 403) return;
  }
  const hint = await hintAtNamespace(client, [SUBNET_POOLS], name);
  if (hint === undefined) return;
  throw new CommandFailure(`there is no SubnetPool ${name} in namespace ${namespace}; ${hint}.`);
}

/** A claim of this name that asks for the same is taken for ours: the command may be repeated. */
async function createClaim(
  { client, namespace }: ClusterAccess,
  name: string,
  spec: SubnetClaim["spec"],
): Promise<SubnetClaim> {
  const object = { apiVersion: API_VERSION, kind: SUBNET_CLAIMS.kind, metadata: { name, namespace }, spec };
  try {
    return await client.create<SubnetClaim>(SUBNET_CLAIMS, object);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error;
    const there = await client.get(SUBNET_CLAIMS, { namespace, name });
    if (isSameSpec(there.spec, spec)) return there;
    throw new CommandFailure(
      `SubnetClaim ${name} exists in namespace ${namespace} with another spec: choose another --name.`,
      { cause: error },
    );
  }
}

function isSameSpec(a: SubnetClaim["spec"], b: SubnetClaim["spec"]): boolean {
  return (
    a.poolRef === b.poolRef &&
    a.clusterID === b.clusterID &&
    a.blockSize === b.blockSize &&
    a.requestedCIDR === b.requestedCIDR
  );
}

const MS = 1000;

/** @throws CommandFailure saying why there is no block, and what would help. */
async function waitForBlock(
  access: ClusterAccess,
  { metadata }: SubnetClaim,
  timeoutSeconds: number,
): Promise<SubnetClaim> {
  const { client, namespace, kernel } = access;
  const { name } = metadata;
  const answer = await awaitAnswer(client, kernel.clock, { namespace, name }, timeoutSeconds * MS);
  if (answer?.status?.phase === "Bound") return answer;
  if (answer === undefined)
    throw new CommandFailure(`SubnetClaim ${name} was deleted before it had a block.`);
  const fleet = await readFleet(client, { namespace });
  const current = fleet.claims.find((claim) => claim.metadata.name === name) ?? answer;
  const { sentences } = explain(current, fleet);
  const hint = `The claim still exists: to withdraw it, run \`kubectl delete subnetclaim ${name} -n ${namespace}\`.`;
  throw new CommandFailure([...sentences, hint].map(oneLine).join("\n"));
}
