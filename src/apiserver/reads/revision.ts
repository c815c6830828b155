/**
 * `resourceVersion` in queries: how it is read, and waiting for a revision that this server has not reached.
 */
import type { Kernel } from "../../kernel/index.ts";
import { badRequest, tooLargeResourceVersion } from "../status-error.ts";
import type { Store } from "../store/index.ts";

/** As long as kube-apiserver waits before it answers that a revision is too large. */
const WAIT_MS = 3_000;

/** Undefined: not given. @throws StatusError 400 */
export function parseRevision(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  const revision = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(revision)) {
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return revision;
}

/** @throws StatusError 504 when the store does not get there in time. */
export async function reach(store: Store, kernel: Kernel, revision: number): Promise<void> {
  if (revision <= store.revision) return;
  const abort = new AbortController();
  const timer = kernel.clock.setTimer(WAIT_MS, () => abort.abort());
  try {
    await store.waitForRevision(revision, abort.signal);
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    throw tooLargeResourceVersion(revision, store.revision);
  } finally {
    timer.cancel();
  }
}
