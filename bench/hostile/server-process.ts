/**
 * The server that is attacked, as `plexaubnet up` starts it, without the operator: its data, keys and log in
 * a folder. Arguments: the folder, and `install` for the kinds of Plexaubnet. Sends one {@link
 * ServerMessage}.
 */

import { openDataDirectory } from "../../src/cli/up/data-directory.ts";
import { startEmbeddedApi } from "../../src/cli/up/embedded-api.ts";
import { installCrds } from "../../src/cli/up/install-crds.ts";
import { openLog } from "../../src/cli/up/log-file.ts";
import { clusterConfigFor, createClient, loadKubeconfig } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";

export type ServerMessage =
  | { readonly url: string; readonly ca: string; readonly token: string }
  | { readonly failure: string };

const [path = "", install = ""] = process.argv.slice(2);

async function start(): Promise<ServerMessage> {
  const directory = openDataDirectory(path);
  const kernel = systemKernel;
  const logger = openLog(directory.log, kernel.clock, false);
  const { url } = await startEmbeddedApi({
    directory,
    host: "127.0.0.1",
    port: 0,
    // As it is on loopback: any user with a credential is the attacker.
    authorization: "always-allow",
    auditLog: undefined,
    onNotice: (notice) => process.stderr.write(`${notice}\n`),
    inMemory: false,
    kernel,
    logger,
  });
  const config = clusterConfigFor(loadKubeconfig({ file: directory.kubeconfig }));
  if (install === "install") {
    const client = createClient(config, { kernel });
    await installCrds(client, kernel.clock, AbortSignal.timeout(30_000));
    await client.close();
  }
  const { token = "" } = config.auth as { token?: string };
  return { url, ca: String(config.ca ?? ""), token };
}

process.once("disconnect", () => process.exit(0));
const message = await start().catch((error: Error): ServerMessage => ({ failure: error.message }));
process.send?.(message, () => {
  if ("failure" in message) process.exit(1);
});
