/** Runs `plexaubnet rotate-token`: the token file, the kubeconfig, and a look whether a running server took it. */
import { existsSync, readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { rotateToken } from "../../apiserver/index.ts";
import { ApiError, clusterConfigFor, createClient, loadKubeconfig } from "../../client/index.ts";
import { type Kernel, sleep, systemKernel } from "../../kernel/index.ts";
import { NAMESPACES } from "../../kube/index.ts";
import { CommandFailure } from "../failure.ts";
import {
  type DataDirectory,
  dataDirectoryAt,
  typedPath,
  unwritable,
  writeFileAtomically,
} from "./data-directory.ts";

export interface RotateTokenOptions {
  readonly dataDir: string;
}

export async function rotate(options: RotateTokenOptions): Promise<void> {
  const directory = dataDirectoryAt(options.dataDir);
  const { before, after } = replaceToken(directory);
  const isWritten = rewriteKubeconfig(directory, before, after);
  const file = typedPath(directory.kubeconfig);
  console.log(
    isWritten
      ? `the new token is in ${file}`
      : `a new token is set; ${file} did not have the old one, and gets the new one at the next start`,
  );
  console.log(isWritten ? await resultAt(directory, systemKernel) : OF_A_RUNNING_SERVER);
}

const OF_A_RUNNING_SERVER = "a running server refuses the old one within a second";

function replaceToken(directory: DataDirectory): { readonly before: string; readonly after: string } {
  try {
    if (existsSync(directory.path)) return rotateToken(directory.path);
  } catch (error) {
    const failure = unwritable(directory.path, error);
    if (failure instanceof CommandFailure || !(error instanceof Error)) throw failure;
    throw new CommandFailure(`the token cannot be rotated: ${error.message}`, { cause: error });
  }
  throw new CommandFailure(
    `there is no data directory ${directory.path}: specify that of \`plexaubnet up\` with --data-dir.`,
  );
}

/** Whether the old token was in it. */
function rewriteKubeconfig(directory: DataDirectory, before: string, after: string): boolean {
  if (!existsSync(directory.kubeconfig)) return false;
  const text = readFileSync(directory.kubeconfig, "utf8");
  const document = parseDocument(text);
  const users = (document.toJS() as { users?: readonly { user?: { token?: unknown } }[] } | null)?.users;
  if (document.errors.length > 0 || !Array.isArray(users)) return false;
  const owners = users.flatMap(({ user }, i) => (before !== "" && user?.token === before ? [i] : []));
  if (owners.length === 0) return false;
  for (const i of owners) document.setIn(["users", i, "user", "token"], after);
  try {
    writeFileAtomically(directory.kubeconfig, document.toString(), 0o600);
  } catch (error) {
    throw unwritable(directory.path, error);
  }
  return true;
}

const PATIENCE_MS = 5_000;
const POLL_MS = 100;

/** A running server is asked until it takes the new token. */
async function resultAt(directory: DataDirectory, kernel: Kernel): Promise<string> {
  const config = clusterConfigFor(loadKubeconfig({ file: directory.kubeconfig }));
  const client = createClient(config, { kernel, userAgent: "plexaubnet-rotate-token" });
  const deadlineMs = kernel.clock.monotonicMs() + PATIENCE_MS;
  const { signal } = new AbortController();
  try {
    for (;;) {
      const answer = await client.get(NAMESPACES, { name: "default" }, { signal }).then(
        () => "taken" as const,
        (error: unknown) => (error instanceof ApiError ? "refused" : "unreachable"),
      );
      if (answer === "taken") return `the server at ${config.server} accepts it and refuses the old one`;
      if (answer === "unreachable")
        return `no server responds at ${config.server}: the token is valid from the next start`;
      if (kernel.clock.monotonicMs() >= deadlineMs) {
        const why = `the server at ${config.server} does not accept the new token: it uses another data directory, or its disk fails`;
        throw new CommandFailure(`${why}; restart it.`);
      }
      await sleep(kernel.clock, POLL_MS, signal);
    }
  } finally {
    client.close();
  }
}
