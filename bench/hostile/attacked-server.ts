/**
 * The process that is attacked: whether it lives, what it said when it ended, and how much memory it took.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerMessage } from "./server-process.ts";

const SAMPLE_MS = 100;
const KEPT_ERROR_CHARACTERS = 8_000;
const START_LIMIT_MS = 120_000;

export class AttackedServer {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly #process: ChildProcess;
  readonly #sampler: NodeJS.Timeout;
  readonly #ended: Promise<unknown>;
  #peakBytes = 0;

  private constructor(child: ChildProcess, message: Exclude<ServerMessage, { failure: string }>) {
    this.#process = child;
    this.url = message.url;
    this.ca = message.ca;
    this.token = message.token;
    this.#ended = once(child, "exit");
    this.#sampler = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** @throws Error that reports why it does not start. */
  static async start(
    script: string,
    args: readonly string[],
    flags: readonly string[],
  ): Promise<AttackedServer> {
    const child = fork(script, args, {
      execArgv: [...process.execArgv, ...flags],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const errors = collect(child);
    // One whose loop is busy does not notice that its parent is gone.
    const killAlong = () => child.kill("SIGKILL");
    process.once("exit", killAlong);
    child.once("exit", () => process.off("exit", killAlong));
    const message = await Promise.race([
      once(child, "message").then(([first]) => first as ServerMessage),
      once(child, "exit").then(([code, signal]) => ({
        failure: `exit ${signal ?? code}: ${gist(errors())}`,
      })),
      sleep(START_LIMIT_MS, { failure: "it does not start in time" }, { ref: false }),
    ]);
    if ("failure" in message) {
      child.kill("SIGKILL");
      throw new Error(message.failure);
    }
    const server = new AttackedServer(child, message);
    server.#errors = errors;
    return server;
  }

  #errors: () => string = () => "";

  get lives(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** How it ended: `exit 1: StatusError: …`. Undefined while it lives. */
  get end(): string | undefined {
    if (this.lives) return undefined;
    const { exitCode, signalCode } = this.#process;
    return `exit ${signalCode ?? exitCode}: ${gist(this.#errors())}`;
  }

  /** Resolves when it has ended. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** What the process took at most since the last reset. 0 where the system does not show it. */
  get peakBytes(): number {
    this.#sample();
    return this.#peakBytes;
  }

  /** Lets the system measure again (proc_pid_clear_refs(5)). */
  resetPeak(): void {
    try {
      writeFileSync(`/proc/${this.#process.pid}/clear_refs`, "5");
    } catch {
      // It has ended, or there is no such file: then the peak is that of its life.
    }
    this.#peakBytes = 0;
  }

  async kill(): Promise<void> {
    clearInterval(this.#sampler);
    if (this.lives) this.#process.kill("SIGKILL");
    await this.#ended;
  }

  #sample(): void {
    try {
      const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
      const kilobytes = Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0);
      this.#peakBytes = Math.max(this.#peakBytes, kilobytes * 1024);
    } catch {
      // It has ended.
    }
  }
}

function collect(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(0, KEPT_ERROR_CHARACTERS);
  });
  return () => text;
}

/** The line that names what was wrong. */
function gist(errors: string): string {
  const lines = errors.split("\n");
  const line =
    lines.find((each) => /^\S*(Error|FATAL)\b/.test(each)) ?? lines.find((each) => each.trim() !== "");
  return (line ?? "").slice(0, 160);
}
