/** A server to be attacked, the client that reads it meanwhile, and what must not be lost. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { AttackedServer } from "./attacked-server.ts";
import { Attacker, type Target } from "./attacker.ts";
import { flagsFor } from "./ground.ts";
import { Keepers } from "./keepers.ts";
import { NOTHING_SEEN, Reader, type Window } from "./reader.ts";
import type { Ground } from "./row.ts";

export interface StandOptions {
  readonly ground: Ground;
  /** Of the process that serves. Default: `server-process.ts`. */
  readonly script?: string;
  /** Of the measurement without attack. Default: 200. */
  readonly baselineReads?: number;
  /** Made before the rows. Default: everything that `plain` promises. */
  readonly lay?: (attacker: Attacker) => Promise<void>;
}

const WARM_UP_READS = 20;
const BASELINE_READS = 200;
const BASELINE_LIMIT_MS = 15_000;
const SERVER = join(import.meta.dirname, "server-process.ts");
const SEED = join(import.meta.dirname, "seed-process.ts");

export class Stand {
  readonly reader = new Reader();
  readonly keepers = new Keepers();
  readonly #options: StandOptions;
  readonly #root = mkdtempSync(join(tmpdir(), "plexaubnet-hostile-"));
  #baseline = NOTHING_SEEN;
  #directories = 0;
  #directory = "";
  #server: AttackedServer | undefined;
  #target: Target | undefined;

  private constructor(options: StandOptions) {
    this.#options = options;
    process.once("exit", this.#sweep);
  }

  static async start(options: StandOptions): Promise<Stand> {
    const stand = new Stand(options);
    try {
      await stand.startAnew();
      await stand.reader.untilReads(WARM_UP_READS, BASELINE_LIMIT_MS);
      stand.reader.mark();
      stand.#baseline = await stand.reader.untilReads(
        options.baselineReads ?? BASELINE_READS,
        BASELINE_LIMIT_MS,
      );
      return stand;
    } catch (error) {
      await stand.stop();
      throw error;
    }
  }

  /** What the reader sees without an attack, at the beginning. */
  get baseline(): Window {
    return this.#baseline;
  }

  get server(): AttackedServer {
    return this.#server!;
  }

  get target(): Target {
    return this.#target!;
  }

  /** A server with a new data directory. The old one goes. */
  async startAnew(): Promise<void> {
    await this.#server?.kill();
    if (this.#directory !== "") rmSync(this.#directory, { recursive: true, force: true });
    this.#directory = join(this.#root, String(this.#directories++));
    mkdirSync(this.#directory);
    this.keepers.forget();
    const { script, ground } = this.#options;
    if (script === undefined && (ground === "big" || ground === "many")) {
      await promisify(execFile)(process.execPath, [SEED, this.#directory, ground]);
    }
    // Tokens of the old one are nothing to the new one.
    this.#target = undefined;
    await this.#start("install");
    const attacker = new Attacker(this.target, AbortSignal.timeout(60_000), "lay");
    await this.#options.lay?.(attacker);
    const tokens = {
      attackerToken: await tokenOf(attacker, "attacker"),
      readerToken: await tokenOf(attacker, "reader"),
    };
    await attacker.stop();
    this.#target = { ...this.target, ...tokens };
    this.#aim();
    const fault = await this.keepers.keep(this.target);
    if (fault !== undefined) throw new Error(`the server takes no writes: ${fault}`);
  }

  /**
   * Ends the server at once, and starts it on the same data. Returns what was lost by it; then it is one with
   * a new data directory.
   */
  async startAgain(): Promise<string | undefined> {
    await this.#server?.kill();
    const lost = await this.#lostBy(() => this.#start(""));
    if (lost !== undefined) await this.startAnew();
    return lost;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#server?.kill(), this.reader.stop()]);
    process.off("exit", this.#sweep);
    this.#sweep();
  }

  readonly #sweep = () => rmSync(this.#root, { recursive: true, force: true });

  async #lostBy(start: () => Promise<void>): Promise<string | undefined> {
    try {
      await start();
    } catch (error) {
      return `does not start again: ${(error as Error).message}`;
    }
    this.#aim();
    const missing = await this.keepers.missing(this.target);
    return missing.length === 0 ? undefined : `lost ${missing.length}: ${missing.slice(0, 3).join(", ")}`;
  }

  async #start(install: string): Promise<void> {
    const { script = SERVER, ground } = this.#options;
    const server = await AttackedServer.start(script, [this.#directory, install], flagsFor(ground));
    this.#server = server;
    const { url, ca, token } = server;
    this.#target = { attackerToken: token, readerToken: token, ...this.#target, url, ca, adminToken: token };
  }

  #aim(): void {
    const { url, ca, readerToken: token } = this.target;
    this.reader.read({ url, ca, token });
  }
}

async function tokenOf(attacker: Attacker, name: string): Promise<string> {
  const path = "/api/v1/namespaces/default/serviceaccounts";
  const metadata = { name };
  await attacker.prepare({
    method: "POST",
    path,
    body: { apiVersion: "v1", kind: "ServiceAccount", metadata },
  });
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 86_400 },
  };
  const answer = await attacker.prepare({ method: "POST", path: `${path}/${name}/token`, body });
  return (JSON.parse(answer.text) as { status: { token: string } }).status.token;
}
