/**
 * What keeps a process that is no longer the leader from writing: to the cluster, and to the ledger. Asked before every
 * write, in the cluster's case at the moment at which it is sent, in the ledger's also before the transaction ends; and
 * requests that are under way when the lease is lost are given up.
 */
import type { KubeClient, RequestOptions } from "../../client/index.ts";
import type { Ledger } from "../ledger/index.ts";

export interface Fence {
  /** Reads the clock, not a flag: a process that was paused may not write when it wakes up. */
  readonly mayWrite: () => boolean;
  /** Aborted with a {@link FencedError} when the lease is lost. */
  readonly signal: AbortSignal;
}

/** Nothing was written: another replica may be at work already. */
export class FencedError extends Error {
  constructor() {
    super("this process is no longer the leader; it writes nothing more");
    this.name = "FencedError";
  }
}

function assertMayWrite({ mayWrite, signal }: Fence): void {
  if (signal.aborted || !mayWrite()) throw new FencedError();
}

/** Every method rejects with a {@link FencedError} once the lease is lost; writes as soon as it might be. */
export function fencedClient(client: KubeClient, fence: Fence): KubeClient {
  const bounded = <T extends RequestOptions>(options: T | undefined): T => {
    const signals = options?.signal === undefined ? [fence.signal] : [options.signal, fence.signal];
    return { ...options, signal: AbortSignal.any(signals) } as T;
  };
  const writing = async <T>(send: () => Promise<T>): Promise<T> => {
    assertMayWrite(fence);
    return send();
  };
  return {
    get: (resource, name, options) => client.get(resource, name, bounded(options)),
    list: (resource, options) => client.list(resource, bounded(options)),
    watch: (resource, options) => client.watch(resource, bounded(options)),
    create: (resource, object, options) => writing(() => client.create(resource, object, bounded(options))),
    update: (resource, object, options) => writing(() => client.update(resource, object, bounded(options))),
    patch: (resource, name, type, body, options) =>
      writing(() => client.patch(resource, name, type, body, bounded(options))),
    delete: (resource, name, options) => writing(() => client.delete(resource, name, bounded(options))),
    raw: (method, path, body, options) => writing(() => client.raw(method, path, body, bounded(options))),
    close: () => client.close(),
  };
}

/** A transaction that ends after the lease was lost changes nothing. */
export function fencedLedger(ledger: Ledger, fence: Fence): Ledger {
  return {
    target: ledger.target,
    ping: () => ledger.ping(),
    unfit: (content) => ledger.unfit(content),
    pools: (cluster) => ledger.pools(cluster),
    findPoolByIp: (cluster, ip) => ledger.findPoolByIp(cluster, ip),
    usages: (cluster) => ledger.usages(cluster),
    intervals: (cluster, query) => ledger.intervals(cluster, query),
    planEnd: (id) => ledger.planEnd(id),
    audit: (query) => ledger.audit(query),
    clusters: () => ledger.clusters(),
    decisions: (cluster) => ledger.decisions(cluster),
    plan: (id) => ledger.plan(id),
    plans: (cluster, limit) => ledger.plans(cluster, limit),
    incident: (id) => ledger.incident(id),
    openIncidents: (cluster) => ledger.openIncidents(cluster),
    incidents: (cluster, limit) => ledger.incidents(cluster, limit),
    write: async (stamp, work) => {
      assertMayWrite(fence);
      return ledger.write(stamp, async (writer) => {
        assertMayWrite(fence);
        const value = await work(writer);
        assertMayWrite(fence);
        return value;
      });
    },
    close: () => ledger.close(),
  };
}
