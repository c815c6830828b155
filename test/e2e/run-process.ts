/**
 * `plexaubnet run` as processes of their own, against an API server in the process of the test: so operators
 * can be killed and paused, and the API goes on.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NODE = join(ROOT, "node_modules/.bin/node");
const COMMAND = join(ROOT, "bin/plexaubnet.js");

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** One that is stopped by a signal would outlive a run that is given up. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class RunProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  /** Exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #lines: LogLine[] = [];
  #waiting: { readonly msg: string; readonly resolve: (line: LogLine) => void }[] = [];
  stderr = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(NODE, [COMMAND, "run", ...args], {
      cwd: tmpdir(),
      // No test here is about the speed of the first claims.
      env: { ...process.env, KUBECONFIG: "", PLEXAUBNET_WARM_UP: "false", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(this.child);
    this.child.once("close", () => running.delete(this.child));
    let rest = "";
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(JSON.parse(line) as LogLine);
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => this.child.on("close", (code) => resolve(code)));
  }

  /** Resolves with the first line of its log that has this message; rejects when it ends without one. */
  said(msg: string): Promise<LogLine> {
    const known = this.#lines.find((line) => line.msg === msg);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ msg, resolve });
      void this.ended.then((code) =>
        reject(
          new Error(`it ended with ${code} before "${msg}": ${this.stderr} ${JSON.stringify(this.#lines)}`),
        ),
      );
    });
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  #take(line: LogLine): void {
    this.#lines.push(line);
    const due = this.#waiting.filter(({ msg }) => msg === line.msg);
    this.#waiting = this.#waiting.filter(({ msg }) => msg !== line.msg);
    for (const { resolve } of due) resolve(line);
  }
}

/** Where the kubeconfig lies afterwards. */
export function writeKubeconfig(directory: string, content: string, name = "kubeconfig"): string {
  const file = join(directory, name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}
