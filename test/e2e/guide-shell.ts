/** The commands of a page, typed into a shell by a user who believes them, beside a server of their own. */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scratch, up } from "./up-process.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GuideShell extends AsyncDisposable {
  /** Of the server. */
  readonly kubeconfig: string;
  /** Runs a script to its end, or to the first command that fails. */
  run(script: string): Promise<Ran>;
}

/** As in a checkout, with the command on the PATH. */
export async function startGuideShell(...upFlags: readonly string[]): Promise<GuideShell> {
  const folder = scratch();
  const bin = join(folder.path, "bin");
  mkdirSync(bin);
  const command = [join(ROOT, "node_modules/.bin/node"), join(ROOT, "bin/plexaubnet.js")];
  writeFileSync(join(bin, "plexaubnet"), `#!/bin/sh\nexec "${command.join('" "')}" "$@"\n`);
  chmodSync(join(bin, "plexaubnet"), 0o755);
  symlinkSync(join(ROOT, "deploy"), join(folder.path, "deploy"));
  const running = await up(join(folder.path, ".plexaubnet"), "--no-examples", ...upFlags);
  const kubeconfig = join(folder.path, ".plexaubnet/kubeconfig");
  return {
    kubeconfig,
    run: (script) => {
      const path = `${bin}:${process.env.PATH}`;
      const env = { ...process.env, HOME: folder.path, KUBECONFIG: kubeconfig, PATH: path };
      return new Promise((resolve) => {
        const args = ["-e", "-o", "pipefail", "-c", script];
        execFile("bash", args, { cwd: folder.path, env, maxBuffer: 2 ** 24 }, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : 1, stdout, stderr }),
        );
      });
    },
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** The `sh` blocks of a text, one below the other. What needs more than `up` stands in `console` blocks. */
export function scriptIn(text: string): string {
  return [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = ""]) => block).join("");
}

export function guidePage(page: string): string {
  return readFileSync(join(ROOT, "docs/guide", page), "utf8");
}
