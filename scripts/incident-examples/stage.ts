/**
 * Where an example of an incident is played: an embedded API server, a ledger, and the comparison, with a
 * clock that the script advances. What is played is the real flow: objects through the API, rounds of
 * the controller, repairs.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { createIdentity, createMemoryStore, startApiServer } from "../../src/apiserver/index.ts";
import {
  changeIncident,
  type EditRequest,
  editIncident,
  gather,
  type Incident,
  IncidentKeeper,
  incidentIn,
  observationOf,
  simulation,
  taskIdsOf,
} from "../../src/balancers/incidents/index.ts";
import { type Ledger, LedgerError, type LedgerTarget, openLedger } from "../../src/balancers/ledger/index.ts";
import {
  DEFAULT_SETTINGS,
  IP_ADDRESS_POOLS,
  runRound,
  SERVICES,
  type SyncMode,
} from "../../src/balancers/sync/index.ts";
import { materialOf } from "../../src/cli/rca/incident-material.ts";
import {
  type AnyObject,
  clusterConfigFor,
  createClient,
  type KubeClient,
  loadKubeconfig,
} from "../../src/client/index.ts";
import {
  type Clock,
  type Kernel,
  seededRandom,
  sleep,
  systemClock,
  systemKernel,
} from "../../src/kernel/index.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from "../../src/kube/index.ts";

const KINDS = join(import.meta.dirname, "../../examples/load-balancers/00-metallb-kinds.yaml");
const BEGIN_MS = Date.UTC(2026, 10, 3, 8, 0, 0);
const MINUTE_MS = 60_000;
const CLUSTER = "jakarta-1";

/** Wall time that stands still between steps; timers are real. */
class StageClock implements Clock {
  #nowMs = BEGIN_MS;
  readonly monotonicMs = () => systemClock.monotonicMs();
  readonly setTimer = systemClock.setTimer.bind(systemClock);
  now(): number {
    return this.#nowMs;
  }
  pass(minutes: number): void {
    this.#nowMs += minutes * MINUTE_MS;
  }
}

export class Stage {
  readonly #clock = new StageClock();
  readonly #kernel: Kernel;
  readonly #parts = new AsyncDisposableStack();
  #client: KubeClient | undefined;
  #ledger: Ledger | undefined;
  #isDown = false;
  mode: SyncMode = "observe";

  private constructor(seed: number) {
    this.#kernel = { clock: this.#clock, random: seededRandom(seed) };
  }

  static async open(seed: number, target: LedgerTarget): Promise<Stage> {
    const stage = new Stage(seed);
    await stage.#begin(target);
    return stage;
  }

  async #begin(target: LedgerTarget): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "plexaubnet-example-"));
    this.#parts.defer(() => rmSync(folder, { recursive: true, force: true }));
    const identity = await createIdentity(systemKernel, []);
    const server = await startApiServer({ kernel: this.#kernel, store: createMemoryStore(), identity });
    this.#parts.defer(() => server.stop());
    const file = join(folder, "kubeconfig");
    writeFileSync(file, server.kubeconfig());
    const client = createClient(clusterConfigFor(loadKubeconfig({ file })), {
      kernel: systemKernel,
      userAgent: "kubectl/v1.36.2",
    });
    this.#parts.defer(() => client.close());
    this.#client = client;
    const opened = await openLedger({ target, kernel: this.#kernel });
    this.#parts.defer(() => opened.close());
    this.#ledger = this.#interrupted(opened);
    for (const document of parseAllDocuments(readFileSync(KINDS, "utf8"))) {
      const object = document.toJS() as AnyObject;
      await client.create(object.kind === "Namespace" ? NAMESPACES : CUSTOM_RESOURCE_DEFINITIONS, object);
    }
    const metadata = { name: "metallb-system" };
    await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata }).catch(() => undefined);
    while (!(await client.list(IP_ADDRESS_POOLS).catch(() => undefined))) await sleep(systemClock, 20);
  }

  /** Rejects while the ledger is to be down. */
  #interrupted(ledger: Ledger): Ledger {
    return new Proxy(ledger, {
      get: (target, name) => {
        const method = target[name as keyof Ledger];
        if (typeof method !== "function") return method;
        if (name === "close" || name === "unfit") return method.bind(target);
        return (...all: unknown[]) => {
          const says =
            "the ledger mysql://core@db01.internal:3306/cloud cannot be reached (ECONNREFUSED); check that it runs.";
          if (this.#isDown) return Promise.reject(new LedgerError("unreachable", says, "ECONNREFUSED"));
          return (method as (...args: unknown[]) => unknown).apply(target, all);
        };
      },
    });
  }

  get ledger(): Ledger {
    if (this.#ledger === undefined) throw new Error("the stage is not open");
    return this.#ledger;
  }

  get client(): KubeClient {
    if (this.#client === undefined) throw new Error("the stage is not open");
    return this.#client;
  }

  now(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  pass(minutes: number): void {
    this.#clock.pass(minutes);
  }

  async pool(name: string, ...addresses: string[]): Promise<void> {
    const key = { namespace: "metallb-system", name };
    const spec = { addresses };
    const known = await this.client.get(IP_ADDRESS_POOLS, key).catch(() => undefined);
    const options = { fieldManager: "kubectl-client-side-apply" };
    if (known === undefined) {
      await this.client.create(
        IP_ADDRESS_POOLS,
        { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: key, spec },
        options,
      );
    } else await this.client.patch(IP_ADDRESS_POOLS, key, "merge", { spec }, options);
  }

  async deletePool(name: string): Promise<void> {
    await this.client.delete(IP_ADDRESS_POOLS, { namespace: "metallb-system", name });
  }

  /** With its address and annotation as MetalLB sets them. */
  async service(namespace: string, name: string, pool: string, ip: string): Promise<void> {
    await this.client
      .create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })
      .catch(() => undefined);
    const annotations = pool === "" ? {} : { "metallb.io/ip-allocated-from-pool": pool };
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace, name, annotations },
      spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
    };
    await this.client.create(SERVICES, service, { fieldManager: "kubectl-create" });
    const status = { loadBalancer: { ingress: [{ ip }] } };
    const options = { fieldManager: "metallb-controller", subresource: "status" } as const;
    await this.client.patch(
      SERVICES,
      { namespace, name },
      "merge",
      { status, metadata: { annotations } },
      options,
    );
  }

  async deleteService(namespace: string, name: string): Promise<void> {
    await this.client.delete(SERVICES, { namespace, name });
  }

  /** The ledger is reached no more, or again. */
  interrupt(isDown: boolean): void {
    this.#isDown = isDown;
  }

  #context(actor: string, mode: SyncMode) {
    const settings = {
      ...DEFAULT_SETTINGS,
      cluster: CLUSTER,
      mode,
      usage: { missingAfterRounds: 2, missingAfterSeconds: 300 },
    };
    return { client: this.client, ledger: this.ledger, kernel: this.#kernel, actor, settings };
  }

  #keeper: IncidentKeeper | undefined;

  /** A round of the controller, and what it reports to the incident. */
  async compare(): Promise<void> {
    await this.#round("plexaubnet-sync", this.mode, "controller");
  }

  /** `lb repair` */
  async repair(): Promise<void> {
    await this.#round("cli:ana", "sync", "command");
  }

  async #round(by: string, mode: SyncMode, how: "controller" | "command"): Promise<void> {
    const context = this.#context(by, mode);
    const round = await runRound(context);
    const ledger = this.ledger;
    this.#keeper ??= new IncidentKeeper({
      ledger,
      kernel: this.#kernel,
      settings: context.settings,
      actor: "plexaubnet-sync",
    });
    await this.#keeper.observe(await observationOf(round, ledger, CLUSTER, { client: this.client, by, how }));
  }

  /** All incidents, the oldest first. */
  async incidents(): Promise<readonly Incident[]> {
    const records = await this.ledger.incidents(CLUSTER, 20);
    return records.flatMap((record) => incidentIn(record) ?? []).reverse();
  }

  /** The last one, with what was handed in or said. */
  async #change(change: (incident: Incident) => Incident): Promise<void> {
    const last = (await this.incidents()).at(-1);
    if (last === undefined) return;
    const stamp = { actor: "cli:ana", reason: "by hand" };
    await changeIncident(this.ledger, last, stamp, (current) => ({ incident: change(current) }));
  }

  /** `rca edit --log`, `--events` */
  async handIn(files: { readonly log?: string; readonly events?: string }): Promise<void> {
    const at = this.now();
    const folder = mkdtempSync(join(tmpdir(), "plexaubnet-example-"));
    try {
      const names = { log: join(folder, "webhook.log"), events: join(folder, "events.json") };
      for (const key of ["log", "events"] as const) writeFileSync(names[key], files[key] ?? "");
      const options = {
        ...(files.log !== undefined && { log: names.log }),
        ...(files.events !== undefined && { events: names.events }),
      };
      await this.#change((incident) => {
        const seen = { at, drift: undefined, ...materialOf(options, incident, at) };
        return { ...incident, evidence: gather(incident, seen, false) };
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** What a plan would come to, as `rca new` asks. */
  async simulate(): Promise<void> {
    const plan = await simulation(this.#context("cli:ana", "sync"));
    await this.#change((incident) => ({
      ...incident,
      evidence: gather(incident, { at: this.now(), drift: undefined, ...plan }, false),
    }));
  }

  /** `rca edit` */
  async edit(request: EditRequest): Promise<void> {
    await this.#change((incident) => {
      const edited = editIncident(incident, request, {
        at: this.now(),
        by: "cli:ana",
        tasks: taskIdsOf(incident),
      });
      if (!edited.ok) throw new Error(edited.error);
      return edited.value;
    });
  }

  /** A change of the ledger by other means. */
  write(work: Parameters<Ledger["write"]>[1]): Promise<unknown> {
    return this.ledger.write({ actor: "billing-import", reason: "an import" }, work);
  }

  close(): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

export { CLUSTER };
