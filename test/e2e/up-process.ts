/**
 * The real command as a process of its own, and the real kubectl against it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GRACE_MS } from "../../src/cli/process/stop-signal.ts";
import { giveInput } from "./give-input.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NODE = join(ROOT, "node_modules/.bin/node");
const COMMAND = join(ROOT, "bin/plexaubnet.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A temporary folder that goes with `using`. */
export interface Scratch extends Disposable {
  readonly path: string;
}

export function scratch(): Scratch {
  const path = mkdtempSync(join(tmpdir(), "plexaubnet-e2e-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

interface Watched {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly output: { stdout: string; stderr: string };
}

function watched(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
  cwd = tmpdir(),
): Watched {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  giveInput(child.stdin, input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
  });
  return { child, ended, output };
}

export interface Surroundings {
  readonly cwd?: string;
  /** Added to the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `plexaubnet ARGS` to its end. `nodeArgs` are for Node itself. */
export function plexaubnet(
  args: readonly string[],
  nodeArgs: readonly string[] = [],
  { cwd, env = {} }: Surroundings = {},
): Promise<Ended> {
  return watched(NODE, [...nodeArgs, COMMAND, ...args], env, "", cwd).ended;
}

export interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it printed when it was up. */
  readonly screen: string;
  /** Runs kubectl against it; rejects when kubectl fails. */
  kubectl(...args: string[]): Promise<string>;
  /** As `kubectl`, and takes failure for an answer. `input` goes to `-f -`. */
  tryKubectl(args: readonly string[], input?: string): Promise<Ended>;
  /** Applies a manifest. */
  apply(manifest: string): Promise<Ended>;
}

/** What ends a process that takes too long to stop leaves a busy machine more time than it leaves people. */
const PATIENT = `const set = setTimeout;
globalThis.setTimeout = (fire, ms, ...rest) => set(fire, ms === ${GRACE_MS} ? 60_000 : ms, ...rest);`;

/** Starts `plexaubnet up` on a free port, and waits until it shows its screen. */
export async function up(dataDir: string, ...args: string[]): Promise<Running> {
  const command = ["up", "--port", "0", "--data-dir", dataDir, ...args];
  const nodeArgs = ["--import", `data:text/javascript,${encodeURIComponent(PATIENT)}`];
  const { child, ended, output } = watched(NODE, [...nodeArgs, COMMAND, ...command]);
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on("data", () => output.stdout.includes("TRY NEXT") && resolve());
    ended.then((end) => reject(new Error(`it ended with ${end.code}: ${end.stdout}${end.stderr}`)), reject);
  });
  const tryKubectl = (kubectlArgs: readonly string[], input = "") => {
    const env = { HOME: dataDir, KUBECONFIG: join(dataDir, "kubeconfig") };
    return watched("kubectl", kubectlArgs, env, input).ended;
  };
  return {
    child,
    ended,
    screen: output.stdout,
    tryKubectl,
    async kubectl(...kubectlArgs) {
      const end = await tryKubectl(kubectlArgs);
      if (end.code !== 0) throw new Error(`kubectl ${kubectlArgs.join(" ")}: ${end.stderr}`);
      return end.stdout;
    },
    apply: (manifest) => tryKubectl(["apply", "-f", "-"], manifest),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
