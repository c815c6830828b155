/**
 * A fleet under random histories: users who create, edit and delete, operators that come and go, a store and
 * a network that misbehave. What must never be seen is checked at every single write; the rest once all is
 * calm again.
 */
import { isLive, SUBNET_CLAIMS, SUBNETS, type Subnet, type SubnetClaim } from "../../src/api/index.ts";
import { createMemoryStore, EVERY_KIND, type Store, type StoreChange } from "../../src/apiserver/index.ts";
import { ApiError, LostAnswerError, UnreachableError } from "../../src/client/index.ts";
import { overlaps, parsePrefix } from "../../src/ipam/index.ts";
import { type Random, randomBelow, seededRandom, systemClock } from "../../src/kernel/index.ts";
import {
  type FaultRates,
  type FaultyStore,
  type TransportFault,
  withFaults,
} from "../../src/testing/index.ts";
import { wrongAtRest } from "./at-rest.ts";
import { FleetWorld, NAMESPACE, type RunningOperator } from "./fleet-world.ts";

const CRDS = "apiextensions.k8s.io/customresourcedefinitions";

/** Longest that a fleet without faults may take until nothing is left to do. */
const SETTLE_LIMIT_MS = 45_000;

export class ChaosWorld {
  readonly fleet: FleetWorld;
  readonly random: Random;
  /** Broken promises that no moment may show, as they were seen. */
  readonly broken: string[] = [];
  readonly #store: FaultyStore;
  readonly #faults: { rate: number };
  readonly #operators: RunningOperator[] = [];
  readonly #subnets = new Map<string, Subnet>();
  /** UID of a claim → the block that it was promised. */
  readonly #promised = new Map<string, string>();

  private constructor(fleet: FleetWorld, store: FaultyStore, faults: { rate: number }, random: Random) {
    this.fleet = fleet;
    this.random = random;
    this.#store = store;
    this.#faults = faults;
  }

  static async start(seed: number): Promise<ChaosWorld> {
    const random = seededRandom(seed);
    const inner = createMemoryStore();
    const store = withFaults(inner, { clock: systemClock, random: seededRandom(seed + 1) });
    const faults = { rate: 0 };
    const network = seededRandom(seed + 2);
    const plan = () => (network.next() < faults.rate ? anyFault(network) : undefined);
    const fleet = await FleetWorld.start(sparingTheServer(store, inner), { faults: plan });
    const world = new ChaosWorld(fleet, store, faults, random);
    const onChange = (change: StoreChange) => world.#watch(change);
    inner.watch(EVERY_KIND, { after: inner.revision, onChange });
    await world.startOperator();
    return world;
  }

  /** The history itself decides when the fleet must be at rest. */
  async stop(): Promise<void> {
    this.calm();
    while (this.operatorCount > 0) await this.stopOperator();
    await this.fleet.stop();
  }

  // ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────

  storm(rates: FaultRates, networkRate: number): void {
    this.#store.setFaults(rates);
    this.#faults.rate = networkRate;
  }

  calm(): void {
    this.storm({}, 0);
  }

  /** A storm may keep an operator from starting. */
  async ensureOperator(): Promise<void> {
    if (this.#operators.length === 0) await this.startOperator();
  }

  cutWatches(): void {
    this.#store.cutWatches();
  }

  /** Watches that are cut from now on must list again. */
  async expireHistory(): Promise<void> {
    await this.#store.expireHistory();
    this.#store.cutWatches();
  }

  get operatorCount(): number {
    return this.#operators.length;
  }

  async startOperator(): Promise<void> {
    this.#operators.push(await this.fleet.startOperator());
  }

  async stopOperator(): Promise<void> {
    const operator = this.#operators.shift();
    if (operator !== undefined) await this.fleet.stopOperator(operator);
  }

  // ── what must hold ───────────────────────────────────────────────────────────────────────────────────────

  /** What is wrong once the fleet has had its time to come to rest. */
  settled(): Promise<readonly string[]> {
    return wrongAtRest(this.fleet.client, SETTLE_LIMIT_MS);
  }

  #watch(change: StoreChange): void {
    const object = change.type === "put" ? change.current.object : change.previous.object;
    if (object.metadata.namespace !== NAMESPACE) return;
    if (object.kind === SUBNETS.kind) this.#watchSubnet(change.type, object as unknown as Subnet);
    if (object.kind === SUBNET_CLAIMS.kind) this.#watchClaim(object as unknown as SubnetClaim);
  }

  /** `docs/allocation-protocol.md#invariant-1`, at every write. */
  #watchSubnet(type: StoreChange["type"], subnet: Subnet): void {
    this.#subnets.delete(subnet.metadata.name);
    if (type === "delete" || !holdsByRight(subnet)) return;
    const block = parsePrefix(subnet.spec.cidr);
    for (const other of this.#subnets.values()) {
      const theirs = parsePrefix(other.spec.cidr);
      if (other.spec.poolRef !== subnet.spec.poolRef || !block.ok || !theirs.ok) continue;
      if (block.value.family === theirs.value.family && overlaps(block.value, theirs.value))
        this.broken.push(
          `${subnet.metadata.name} and ${other.metadata.name} are both given ${subnet.spec.cidr}`,
        );
    }
    this.#subnets.set(subnet.metadata.name, subnet);
  }

  /** Invariant 4. */
  #watchClaim({ metadata, status }: SubnetClaim): void {
    if (status?.allocatedCIDR === undefined || metadata.uid === undefined) return;
    const promised = this.#promised.get(metadata.uid);
    if (promised === undefined) this.#promised.set(metadata.uid, status.allocatedCIDR);
    else if (promised !== status.allocatedCIDR)
      this.broken.push(`${metadata.name} was promised ${promised} and has ${status.allocatedCIDR}`);
  }

  pick<T>(items: readonly T[]): T {
    return items[randomBelow(this.random, items.length)] as T;
  }
}

/** A client that acts in a storm must expect this; what the user wanted may or may not have come about. */
export async function whateverHappens(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const isExpected =
      error instanceof ApiError || error instanceof UnreachableError || error instanceof LostAnswerError;
    if (!isExpected) throw error;
  }
}

/** What the server follows for itself is never cut: only the end of the store ends such a watch. */
function sparingTheServer(store: FaultyStore, inner: Store): Store {
  const watch: Store["watch"] = (kind, options) =>
    (kind === EVERY_KIND || kind === CRDS ? inner : store).watch(kind, options);
  return new Proxy<Store>(store, {
    get(target, property) {
      if (property === "watch") return watch;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function holdsByRight(subnet: Subnet): boolean {
  const { phase, observedGeneration } = subnet.status ?? {};
  return (
    isLive(subnet) &&
    (phase === "Allocated" || phase === "Released") &&
    observedGeneration === subnet.metadata.generation
  );
}

function anyFault(random: Random): TransportFault {
  const kind = randomBelow(random, 5);
  if (kind === 0) return { kind: "drop" };
  if (kind === 1) return { kind: "lose-answer" };
  if (kind === 2) return { kind: "delay", delayMs: 1 + randomBelow(random, 100) };
  return { kind: "refuse", code: ([409, 500, 503] as const)[randomBelow(random, 3)] ?? 503 };
}
