/** Follows one claim on a watch until it is decided. */
import { SUBNET_CLAIMS, type SubnetClaim } from "../../api/index.ts";
import { ApiError, type KubeClient, LostAnswerError } from "../../client/index.ts";
import type { Clock } from "../../kernel/index.ts";

export interface ClaimName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The claim as soon as it is Bound, or needs a change of a spec (`Error`); otherwise as it is when the
 * time is up, since a release may serve it at any moment. Undefined: it was deleted.
 */
export async function awaitAnswer(
  client: Pick<KubeClient, "list" | "watch">,
  clock: Clock,
  target: ClaimName,
  timeoutMs: number,
): Promise<SubnetClaim | undefined> {
  const timeout = new AbortController();
  const timer = clock.setTimer(timeoutMs, () => timeout.abort());
  let last: { readonly claim: SubnetClaim | undefined } | undefined;
  try {
    while (last === undefined || !isAnswered(last.claim)) {
      for await (const claim of statesOf(client, target, timeout.signal)) {
        last = { claim };
        if (isAnswered(claim)) break;
      }
    }
  } catch (error) {
    if (last === undefined || !timeout.signal.aborted) throw error;
  } finally {
    timer.cancel();
  }
  return last?.claim;
}

/** What there is, and then every change, until the server ends the watch. */
async function* statesOf(
  client: Pick<KubeClient, "list" | "watch">,
  { namespace, name }: ClaimName,
  signal: AbortSignal,
): AsyncGenerator<SubnetClaim | undefined> {
  const fieldSelector = `metadata.name=${name}`;
  const list = await client.list(SUBNET_CLAIMS, { namespace, fieldSelector });
  yield list.items[0];
  try {
    const { resourceVersion } = list.metadata;
    const watch = await client.watch(SUBNET_CLAIMS, { namespace, fieldSelector, resourceVersion, signal });
    for await (const { type, object } of watch) {
      if (type === "DELETED") yield undefined;
      else if (type === "ADDED" || type === "MODIFIED") yield object as SubnetClaim;
      else if (type === "ERROR") return;
    }
  } catch (error) {
    // A broken connection, or a revision that the server has forgotten: what there is now is listed again.
    const isPassing = error instanceof LostAnswerError || (error instanceof ApiError && error.code === 410);
    if (!isPassing || signal.aborted) throw error;
  }
}

function isAnswered(claim: SubnetClaim | undefined): boolean {
  if (claim === undefined) return true;
  const { status, metadata } = claim;
  if (status?.phase === "Bound") return true;
  return status?.phase === "Error" && status.observedGeneration === metadata.generation;
}
