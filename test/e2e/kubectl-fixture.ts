/** A server in this process and the real kubectl against it, with a home of its own. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ApiServer,
  type ApiServerOptions,
  createIdentity,
  createMemoryStore,
  startApiServer,
} from "../../src/apiserver/index.ts";

import { systemKernel } from "../../src/kernel/index.ts";
import { giveInput } from "./give-input.ts";

/**
 * Of kubectl, as in 1.32. Debian 12 has 1.20, which lacks some commands and flags. NaN: there is no kubectl.
 */
export const kubectlMinor: number = (() => {
  const { stdout } = spawnSync("kubectl", ["version", "--client", "-o", "json"], { encoding: "utf8" });
  if (!stdout) return Number.NaN;
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { minor: string } };
  return Number.parseInt(clientVersion.minor, 10);
})();

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Goes to standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface KubectlFixture {
  readonly server: ApiServer;
  readonly directory: string;
  /** Whatever the exit code. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Standard output. Rejects with what kubectl said when it fails. */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Standard error. Rejects when kubectl does not fail. */
  fails(args: readonly string[], options?: RunOptions): Promise<string>;
  apply(manifest: string): Promise<string>;
  /** A kubectl that goes on; `until` resolves once its output matches. */
  follow(args: readonly string[]): Follower;
  /** Writes a file and returns its path. */
  file(name: string, content: string): string;
  stop(): Promise<void>;
}

export interface Follower {
  until(pattern: RegExp): Promise<string>;
  stop(): void;
}

export async function startKubectlFixture(options: Partial<ApiServerOptions> = {}): Promise<KubectlFixture> {
  const identity = await createIdentity(systemKernel, []);
  const store = createMemoryStore();
  const server = await startApiServer({ kernel: systemKernel, store, identity, ...options });
  const directory = mkdtempSync(join(tmpdir(), "plexaubnet-kubectl-"));
  const kubeconfig = join(directory, "kubeconfig");
  writeFileSync(kubeconfig, server.kubeconfig());
  const environment = { ...process.env, KUBECONFIG: kubeconfig, HOME: directory };
  const run = (args: readonly string[], { input, env = {} }: RunOptions = {}) =>
    new Promise<Ran>((resolve) => {
      const child = execFile(
        "kubectl",
        [...args],
        { env: { ...environment, ...env } },
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
        },
      );
      giveInput(child.stdin, input);
    });
  const ok = async (args: readonly string[], runOptions?: RunOptions) => {
    const { code, stdout, stderr } = await run(args, runOptions);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  };
  return {
    server,
    directory,
    run,
    ok,
    fails: async (args, runOptions) => {
      const { code, stdout, stderr } = await run(args, runOptions);
      if (code === 0) throw new Error(`kubectl ${args.join(" ")} should have failed: ${stdout}`);
      return stderr;
    },
    // What begins with a brace, kubectl takes for JSON.
    apply: (manifest) => ok(["apply", "-f", "-"], { input: `---\n${manifest}` }),
    follow: (args) => followerOf(spawn("kubectl", [...args], { env: environment })),
    file: (name, content) => {
      const path = join(directory, name);
      writeFileSync(path, content, { mode: 0o755 });
      return path;
    },
    stop: async () => {
      await server.stop();
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function followerOf(child: ChildProcess): Follower {
  let output = "";
  let wake = () => {};
  child.stdout?.on("data", (chunk) => {
    output += String(chunk);
    wake();
  });
  child.on("close", () => wake());
  return {
    until: async (pattern) => {
      while (!pattern.test(output)) {
        if (child.exitCode !== null) throw new Error(`kubectl ended before ${pattern}: ${output}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return output;
    },
    stop: () => child.kill(),
  };
}
