/**
 * `npm run test:contract [-- --context NAME [--kubeconfig FILE]] [vitest arguments]` `npm run test:contract
 * -- --answers [--differences] [--only TEXT] [--update] [--context NAME [--kubeconfig FILE]]`
 *
 * Without `--context` the suite starts an embedded API server for each file. With it, it runs against that
 * context of KUBECONFIG: never against whatever cluster happens to be the current one. With `--answers` the
 * recorded answers of a real kube-apiserver are played instead: see `answers/main.ts`.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ConfigError, clusterConfigFor, loadKubeconfig } from "../../src/client/index.ts";

const rest: string[] = [];
let context: string | undefined;
let file: string | undefined;
let answers = false;
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  const [flag, inline] = (args[i] ?? "").split("=", 2);
  if (flag === "--context") context = inline ?? args[++i];
  else if (flag === "--kubeconfig") file = inline ?? args[++i];
  else if (flag === "--answers") answers = true;
  else rest.push(args[i] ?? "");
}
if (file !== undefined && context === undefined)
  fail("Name the context as well: --kubeconfig FILE --context NAME");
const env: NodeJS.ProcessEnv = { ...process.env };
if (context !== undefined) {
  try {
    clusterConfigFor(loadKubeconfig(file === undefined ? {} : { file }), context);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    fail(error.message);
  }
  env.CONTRACT_CONTEXT = context;
  if (file !== undefined) env.KUBECONFIG = file;
}
const command = answers
  ? [join(import.meta.dirname, "answers", "main.ts"), ...rest]
  : [vitest(), "run", "--project", "contract", ...rest];
const { status } = spawnSync(process.execPath, command, { stdio: "inherit", env });
process.exit(status ?? 1);

function vitest(): string {
  return join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
