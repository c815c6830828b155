/**
 * Finds out by reading whether a write whose answer was lost has been carried out.
 */
import { ApiError, type KubeClient, retryAfterOf, UnreachableError } from "../../client/index.ts";
import { backOffMs, type Kernel, sleep } from "../../kernel/index.ts";
import type { KubeObject } from "../../kube/index.ts";
import type { WriteOutcome } from "../flow.ts";
import type { WriteAction } from "./outcome.ts";

export interface SettleOptions {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly signal: AbortSignal;
}

const READ_BACK_OFF = { firstMs: 100, mostMs: 5_000 };

/**
 * How the write ended; `not-carried-out` when the object is as it was, so that sending it again is safe (each write is
 * either conditional or a create of a fixed name); undefined when no read succeeded before the signal aborted.
 */
export async function settle(
  action: WriteAction,
  options: SettleOptions,
): Promise<WriteOutcome | "not-carried-out" | undefined> {
  const target = action.do === "create" ? action.object : action.of;
  // A name that the server makes up cannot be asked for.
  if (target.metadata.name === "") return undefined;
  const read = await readUntilAnswered(action, target, options);
  if (read === undefined) return undefined;
  const { live, error } = read;
  if (action.do === "create") {
    if (live === undefined) return "not-carried-out";
    if (contains(live, action.object)) {
      return { result: "done", object: live };
    }
    return { result: "already-exists", error: conflictError("AlreadyExists", target) };
  }
  if (live === undefined || live.metadata.uid !== action.of.metadata.uid) {
    if (action.do === "delete") return { result: "done" };
    return { result: "gone", error: error ?? new ApiError(404, { reason: "NotFound" }) };
  }
  if (live.metadata.resourceVersion === action.of.metadata.resourceVersion) return "not-carried-out";
  if (action.do === "delete" && live.metadata.deletionTimestamp !== undefined) return { result: "done" };
  // Changed: by this write or by another. The decision is void either way; the next one sees what became of it.
  return { result: "conflict", error: conflictError("Conflict", target) };
}

async function readUntilAnswered(
  action: WriteAction,
  target: KubeObject,
  { client, kernel, signal }: SettleOptions,
): Promise<{ readonly live?: KubeObject; readonly error?: ApiError } | undefined> {
  const { namespace, name } = target.metadata;
  for (let failures = 0; ; failures++) {
    if (signal.aborted) return undefined;
    let askedMs = 0;
    try {
      const where = namespace === undefined ? { name } : { namespace, name };
      return { live: await client.get(action.resource, where, { signal, retry: false }) };
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return { error };
      if (!mayPass(error)) return undefined;
      askedMs = retryAfterOf(error);
    }
    try {
      await sleep(kernel.clock, Math.max(backOffMs(failures, READ_BACK_OFF), askedMs), signal);
    } catch {
      return undefined;
    }
  }
}

/** Whether a failed read is worth repeating. */
function mayPass(error: unknown): boolean {
  if (error instanceof UnreachableError || !(error instanceof ApiError)) return true;
  return error.code >= 500 || error.code === 429 || error.code === 408;
}

/** Whether `live` has everything that `wanted` has: it may have more, which the server filled in. */
function contains(live: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return live === wanted;
  if (typeof live !== "object" || live === null) return false;
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      live.length === wanted.length &&
      wanted.every((item, position) => contains(live[position], item))
    );
  }
  return Object.entries(wanted).every(
    ([key, value]) => value === undefined || contains((live as Record<string, unknown>)[key], value),
  );
}

function conflictError(reason: "AlreadyExists" | "Conflict", target: KubeObject): ApiError {
  const { namespace = "", name } = target.metadata;
  const what = `${target.kind} ${namespace}/${name}`;
  const message =
    reason === "AlreadyExists" ? `${what} exists already, and is another one` : `${what} was changed`;
  return new ApiError(409, { reason, message });
}
