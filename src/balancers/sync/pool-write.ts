/**
 * The writes of a plan to the cluster. Each is about one state of one IPAddressPool, and carries its uid and
 * resourceVersion: an object that was changed or re-created in between is not written.
 */
import { ApiError, type KubeClient } from "../../client/index.ts";
import { defined } from "../../kernel/index.ts";
import type { PoolContent } from "../ledger/index.ts";
import { FIELD_MANAGER, IP_ADDRESS_POOLS, type IPAddressPool, type ObjectState } from "./metallb.ts";
import type { ClusterDraft, PoolCreation, PoolDeletion, PoolUpdate } from "./plan-step.ts";
import type { SyncSettings } from "./settings.ts";

/** What the API said, in a sentence. */
export interface WriteRefusal {
  readonly message: string;
  /** The pool is not the one that the plan was made from. */
  readonly stale?: true;
}

/**
 * Undefined: done. Other failures of the client than its answers are passed on.
 *
 * @param dryRun asks the API whether it would, MetalLB's webhook included. A deletion is not asked for twice.
 */
export async function writePoolToCluster(
  step: ClusterDraft,
  { client, settings }: { readonly client: KubeClient; readonly settings: Pick<SyncSettings, "metallb"> },
  dryRun: boolean,
): Promise<WriteRefusal | undefined> {
  const { namespace } = settings.metallb;
  try {
    if (step.does === "pool-delete") {
      if (!dryRun) await deletePool(client, step, namespace);
    } else if (step.does === "pool-create") await createPool(client, step, namespace, dryRun);
    else await applyPool(client, step, namespace, dryRun);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 409 || (error.code === 404 && step.verb !== "create")) {
      const message = `${step.subject} of the cluster has changed since the plan was made (${error.message}); make a new one.`;
      return { message, stale: true };
    }
    return { message: `the API refused ${step.subject}: ${error.message}` };
  }
}

async function deletePool(client: KubeClient, step: PoolDeletion, namespace: string): Promise<void> {
  await client.delete(IP_ADDRESS_POOLS, nameOf(step.before, namespace), stateOf(step));
}

/** Not with apply, which would overwrite a pool that was created meanwhile. */
async function createPool(
  client: KubeClient,
  { after }: PoolCreation,
  namespace: string,
  dryRun: boolean,
): Promise<void> {
  await client.create<IPAddressPool>(IP_ADDRESS_POOLS, manifestOf(after, namespace), {
    fieldManager: FIELD_MANAGER,
    dryRun,
  });
}

async function applyPool(
  client: KubeClient,
  step: PoolUpdate,
  namespace: string,
  dryRun: boolean,
): Promise<void> {
  const manifest = manifestOf(step.after, namespace);
  const body = { ...manifest, metadata: { ...manifest.metadata, ...stateOf(step) } };
  await client.patch<IPAddressPool>(IP_ADDRESS_POOLS, nameOf(step.after, namespace), "apply", body, {
    fieldManager: FIELD_MANAGER,
    force: true,
    dryRun,
  });
}

function nameOf({ name }: PoolContent, namespace: string) {
  return { namespace, name };
}

/** @throws ApiError (409) for a plan of before, which does not say what it was made from */
function stateOf({ of, subject }: PoolUpdate | PoolDeletion): ObjectState {
  if (of !== undefined && of.uid !== "" && of.resourceVersion !== "") return of;
  const message = `the plan does not say which state of ${subject} it was made from`;
  throw new ApiError(409, { reason: "Conflict", message });
}

function manifestOf(content: PoolContent, namespace: string): IPAddressPool {
  const { ranges, autoAssign, avoidBuggyIPs } = content;
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: IP_ADDRESS_POOLS.kind,
    metadata: nameOf(content, namespace),
    spec: {
      addresses: ranges,
      ...defined({ autoAssign, avoidBuggyIPs }),
    },
  };
}
