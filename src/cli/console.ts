/**
 * `plexaubnet console`: a web page that shows the address space of any cluster, with the rights of the caller. The
 * implementation is in `console/serve-console.ts`, which is loaded only when the command runs.
 */
import { Command, InvalidArgumentError } from "commander";
import { withScope } from "./command-options.ts";
import type { ConsoleCommandOptions } from "./console/serve-console.ts";

const HIGHEST_PORT = 65535;

export function consoleCommand(version: string): Command {
  return withScope(new Command("console"))
    .description("serve a web page that shows the address space, with your rights in the cluster")
    .option("--port <number>", "port on the loopback interface; 0 selects a free port", parsePort, 0)
    .option("--open", "open the page in the default browser", false)
    .option(
      "--ledger <address>",
      "ledger of load balancers (env: PLEXAUBNET_LEDGER). Defaults to sqlite:.plexaubnet/ledger.db if it exists",
    )
    .option("--config <file>", "YAML file with the settings of the comparison with the ledger")
    .option("--cluster <name>", "name of the cluster in the ledger")
    .action(async (options: ConsoleCommandOptions) => {
      const { serveConsole } = await import("./console/serve-console.ts");
      await serveConsole(options, version);
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port;
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${HIGHEST_PORT}.`);
}
