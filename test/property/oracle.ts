/**
 * What must never be seen, judged by nothing but what is stored and who wrote it. It knows of the operator's
 * code only what the API shows: statuses, references, and how a Subnet behind a child pool is named.
 *
 * A promise is what an operator wrote: an `allocatedCIDR` or a decision that a user forged is not
 * ours.
 */
import {
  PARENT_LABEL,
  SUBNET_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  SubnetStatus,
} from "../../src/api/index.ts";
import { EVERY_KIND, type StoreChange } from "../../src/apiserver/index.ts";
import { overlaps, type Prefix, parsePrefix } from "../../src/ipam/index.ts";
import { OPERATOR_PREFIX } from "./sim/operator.ts";
import type { SimServer } from "./sim/server.ts";

const BACKING_PREFIX = "pool.";
const LIFE_DIGITS = 8;
/** Earlier versions did not say of which life a decision speaks. */
const SPEAKS_OF_LIVES = "life" in SubnetStatus.properties;

interface Promised {
  readonly name: string;
  readonly pool: string;
  readonly text: string;
  readonly block: Prefix;
}

export function parentOf({ metadata, spec }: SubnetPool): string | undefined {
  return (spec.parentRef?.name ?? metadata.labels?.[PARENT_LABEL]) || undefined;
}

export function blockOf(text: string | undefined): Prefix | undefined {
  const parsed = parsePrefix(text ?? "");
  return parsed.ok ? parsed.value : undefined;
}

export function meet(a: Prefix, b: Prefix): boolean {
  return a.family === b.family && overlaps(a, b);
}

/** The pool, its parent, and so on. */
export function lineOf(pool: string, parents: ReadonlyMap<string, string | undefined>): string[] {
  const line: string[] = [];
  for (let at: string | undefined = pool; at !== undefined && !line.includes(at); at = parents.get(at))
    line.push(at);
  return line;
}

function isOneTree(a: string, b: string, parents: ReadonlyMap<string, string | undefined>): boolean {
  return lineOf(a, parents).at(-1) === lineOf(b, parents).at(-1);
}

/** Whether `outer` is what a child pool was made of in which `inner` lies. */
export function contains(
  outer: { readonly pool: string; readonly clusterID: string },
  inner: { readonly pool: string },
  parents: ReadonlyMap<string, string | undefined>,
): boolean {
  if (!outer.clusterID.startsWith(BACKING_PREFIX)) return false;
  const child = outer.clusterID.slice(BACKING_PREFIX.length);
  return outer.pool !== child && lineOf(inner.pool, parents).includes(child);
}

/** Whether the Subnet is allocated: decided, in this life, about what it asks for now. */
export function isDecided(subnet: Subnet): boolean {
  const { life } = (subnet.status ?? {}) as { readonly life?: string };
  return seemsDecided(subnet) && (!SPEAKS_OF_LIVES || life !== undefined);
}

/** A decision that names no life is one of an earlier version, or forged: no client can know it. */
export function seemsDecided({ metadata, status }: Subnet): boolean {
  if (status?.phase !== "Allocated" && status?.phase !== "Released") return false;
  // A deletion counts as a generation, and changes nothing about the spec.
  const decidable = (metadata.generation ?? 0) - (metadata.deletionTimestamp === undefined ? 0 : 1);
  if ((status.observedGeneration ?? 0) < decidable) return false;
  const { life } = status as { readonly life?: string };
  return life === undefined || life === `u${(metadata.uid ?? "").slice(0, LIFE_DIGITS)}`;
}

export class Oracle {
  readonly broken: string[] = [];
  /** Of claims that exist, by UID. */
  readonly #promises = new Map<string, Promised>();
  /** Of Subnets that exist, by UID. */
  readonly #decisions = new Map<string, Promised & { readonly clusterID: string }>();
  /** A pool that is gone stays in the tree where it was. */
  readonly #parents = new Map<string, string | undefined>();
  readonly #server: SimServer;
  readonly #close: () => void;

  constructor(server: SimServer) {
    this.#server = server;
    const onChange = (change: StoreChange) => this.#observe(change);
    const watched = server.store.watch(EVERY_KIND, { after: server.store.revision, onChange });
    this.#close = () => watched.ok && watched.value.close();
  }

  close(): void {
    this.#close();
  }

  #observe(change: StoreChange): void {
    const { kind } = (change.type === "put" ? change.current : change.previous).object;
    const object = change.type === "put" ? (change.current.object as unknown) : undefined;
    const previous = change.previous?.object as unknown;
    if (kind === SUBNET_POOLS.kind && object !== undefined)
      this.#parents.set((object as SubnetPool).metadata.name, parentOf(object as SubnetPool));
    if (kind === SUBNET_CLAIMS.kind) this.#observeClaim(object as SubnetClaim, previous as SubnetClaim);
    if (kind === SUBNETS.kind) this.#observeSubnet(object as Subnet, previous as Subnet);
  }

  #observeClaim(claim: SubnetClaim | undefined, before: SubnetClaim | undefined): void {
    const uid = (claim ?? before)?.metadata.uid ?? "";
    const text = claim?.status?.allocatedCIDR;
    const block = blockOf(text);
    if (claim === undefined || text === undefined || block === undefined) {
      this.#promises.delete(uid);
      return;
    }
    if (text === before?.status?.allocatedCIDR) return;
    this.#promises.delete(uid);
    if (!this.#isOperator()) return;
    const promised = { name: claim.metadata.name, pool: claim.spec.poolRef, text, block };
    for (const other of this.#promises.values())
      if (meet(block, other.block) && isOneTree(promised.pool, other.pool, this.#parents))
        this.#report("promised", promised, other);
    this.#promises.set(uid, promised);
  }

  #observeSubnet(subnet: Subnet | undefined, before: Subnet | undefined): void {
    const uid = (subnet ?? before)?.metadata.uid ?? "";
    const block = blockOf(subnet?.spec.cidr);
    if (subnet === undefined || block === undefined || !isDecided(subnet)) {
      this.#decisions.delete(uid);
      return;
    }
    if (before !== undefined && isDecided(before)) return;
    this.#decisions.delete(uid);
    if (!this.#isOperator()) return;
    const { poolRef, clusterID, cidr } = subnet.spec;
    const decided = { name: subnet.metadata.name, pool: poolRef, text: cidr, block, clusterID };
    for (const other of this.#decisions.values()) {
      if (!meet(block, other.block) || !isOneTree(poolRef, other.pool, this.#parents)) continue;
      if (contains(decided, other, this.#parents) || contains(other, decided, this.#parents)) continue;
      if (other.pool === poolRef && other.clusterID === clusterID && clusterID.startsWith(BACKING_PREFIX))
        continue;
      this.#report("given", decided, other);
    }
    this.#decisions.set(uid, decided);
  }

  #isOperator(): boolean {
    return this.#server.writer.startsWith(OPERATOR_PREFIX);
  }

  #report(how: string, a: Promised, b: Promised): void {
    this.broken.push(
      `${a.text} of ${a.pool} is ${how} to ${a.name} by ${this.#server.writer}, and ${b.name} has ${b.text} of ${b.pool}`,
    );
  }
}
