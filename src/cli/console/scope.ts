/** Which namespaces the caller may list, asked before anything is: what is refused is reported at once, and not retried for ever. */
import { API_VERSION, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import { ApiError, type KubeClient } from "../../client/index.ts";
import { OwnRights } from "../../console/index.ts";
import type { Kernel } from "../../kernel/index.ts";

export interface ScopeQuestion {
  /** The namespace that was asked for. */
  readonly only?: string;
  /** The one of the context. */
  readonly fallback: string;
  readonly server: string;
  readonly kernel: Kernel;
}

export interface ConsoleScope {
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  /** Why nothing can be listed: one sentence with the cure. */
  readonly refusal?: string;
  /** What the caller should know. */
  readonly note?: string;
}

const LISTED = [SUBNET_POOLS, SUBNETS, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS].map(({ plural }) => plural);
const PATIENCE_MS = 5_000;

export async function chooseScope(client: KubeClient, question: ScopeQuestion): Promise<ConsoleScope> {
  const { only, fallback, server, kernel } = question;
  const wanted = only === undefined ? [] : [only];
  const abort = new AbortController();
  const rights = new OwnRights(client, kernel.clock);
  const timer = kernel.clock.setTimer(PATIENCE_MS, () => abort.abort(), true);
  try {
    if (!(await servesOurKinds(client, abort.signal))) {
      return {
        namespaces: wanted,
        refusal: `${server} does not serve ${API_VERSION}: run \`plexaubnet install\` first.`,
      };
    }
    if (await mayList(rights, only ?? "")) return { namespaces: wanted };
    if (only === undefined && (await mayList(rights, fallback))) {
      const note = `You may not list all namespaces: this shows namespace ${fallback}; choose another one with -n.`;
      return { namespaces: [fallback], note };
    }
    const namespace = only ?? fallback;
    const refusal = `You may not list ${LISTED.join(", ")} in namespace ${namespace} of ${server}: ask for the right to list and watch them, or choose another namespace with -n.`;
    return { namespaces: [namespace], refusal };
  } catch {
    // It does not answer: the page shows that, and it is tried again.
    return { namespaces: wanted };
  } finally {
    timer.cancel();
  }
}

async function servesOurKinds(client: KubeClient, signal: AbortSignal): Promise<boolean> {
  try {
    await client.raw("GET", `/apis/${API_VERSION}`, undefined, { signal });
    return true;
  } catch (error) {
    if (error instanceof ApiError) return error.code !== 404;
    throw error;
  }
}

async function mayList(rights: OwnRights, namespace: string): Promise<boolean> {
  for (const resource of LISTED) if (!(await rights.may("list", resource, namespace))) return false;
  return true;
}
