/**
 * Installs the kinds of Plexaubnet in an API, as `kubectl apply -f deploy/crds` would, and waits until it serves them.
 */
import { crds } from "../../api/index.ts";
import {
  type AnyObject,
  ApiError,
  type Condition,
  type KubeClient,
  type Resource,
} from "../../client/index.ts";
import { type Clock, sleep } from "../../kernel/index.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../kube/index.ts";
import { CommandFailure } from "../failure.ts";

interface Crd extends AnyObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

const CRDS = CUSTOM_RESOURCE_DEFINITIONS as Resource<Crd>;
const POLL_MS = 10;
const PATIENCE_MS = 10_000;

/** @throws CommandFailure when the API does not take one, or does not serve it in time. */
export async function installCrds(client: KubeClient, clock: Clock, signal: AbortSignal): Promise<void> {
  await Promise.all(
    crds.map(async (crd) => {
      await install(client, crd, signal);
      await untilServed(client, crd.metadata.name, clock, signal);
    }),
  );
}

/** A CRD that is there, perhaps from an earlier version, is given the definition of this one. */
async function install(client: KubeClient, crd: Crd, signal: AbortSignal): Promise<void> {
  try {
    await client.create(CRDS, crd, { signal });
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error;
    const current = await client.get(CRDS, { name: crd.metadata.name }, { signal });
    await client.update(CRDS, { ...current, spec: crd.spec }, { signal });
  }
}

/** @throws CommandFailure when that takes too long. */
export async function untilServed(
  client: KubeClient,
  name: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const { status } = await client.get(CRDS, { name }, { signal });
    const conditions = status?.conditions ?? [];
    if (conditions.some(({ type, status }) => type === "Established" && status === "True")) return;
    if (clock.monotonicMs() >= deadlineMs) {
      const said = conditions.find(({ status, message }) => status === "False" && message !== "");
      throw new CommandFailure(
        `the API server does not serve ${name}: ${said?.message ?? "it reports no reason"}.`,
      );
    }
    await sleep(clock, POLL_MS, signal);
  }
}
