/** Serves the console of a cluster until a signal ends it. A cluster that does not answer is shown as that, and tried again. */
import { existsSync } from "node:fs";
import { openLedger } from "../../balancers/ledger/index.ts";
import type { KubeClient } from "../../client/index.ts";
import { type Console, createConsole, type LedgerSource } from "../../console/index.ts";
import { type Kernel, systemKernel } from "../../kernel/index.ts";
import { operatorIndexes } from "../../operator/index.ts";
import { createLogger, createManager, type Manager, RuntimeMetrics } from "../../runtime/index.ts";
import { withCluster } from "../cluster-access.ts";
import type { ScopeOptions } from "../command-options.ts";
import { CommandFailure, systemErrorCode } from "../failure.ts";
import { configFor, type LedgerOptions, LOCAL_LEDGER } from "../ledger/session.ts";
import { aborted, stopSignal } from "../process/stop-signal.ts";
import { openTerminal, printLines } from "../screen/terminal.ts";
import { styled } from "../screen/text.ts";
import { openInBrowser } from "./open-in-browser.ts";
import { chooseScope } from "./scope.ts";

export interface ConsoleCommandOptions extends ScopeOptions, LedgerOptions {
  readonly port: number;
  readonly open: boolean;
}

const LOG_LEVEL = "error";

export async function serveConsole(options: ConsoleCommandOptions, version: string): Promise<void> {
  const signal = stopSignal(systemKernel.clock);
  await withCluster(options, async ({ client, server, namespace, kernel }) => {
    const wanted = options.namespace === undefined ? {} : { only: options.namespace };
    const scope = await chooseScope(client, { ...wanted, fallback: namespace, server, kernel });
    const manager = readerOf(client, kernel, scope.namespaces);
    let told: Console | undefined;
    const start = createConsole({
      port: options.port,
      source: manager,
      client,
      kernel,
      logger: createLogger({ clock: kernel.clock, level: LOG_LEVEL }),
      who: { access: "caller" },
      version,
      cluster: options.context === undefined ? "the current context" : `context ${options.context}`,
      server,
      ledger: ledgerOf(options),
      refusal: scope.refusal,
      isSynced: () => manager.ready(),
      onLinkUsed: () => {
        if (told !== undefined) say(`this link was used; the next one: ${told.link()}`);
      },
    });
    const console = await start.serve().catch((error: unknown) => {
      throw listenFailure(error, options.port);
    });
    told = console;
    sayStarted(console, server, scope.note);
    if (options.open) openInBrowser(console.link());
    manager.start(signal).then(
      () => console.warm(),
      () => {},
    );
    await aborted(signal);
    await console.close();
    await manager.stop();
  });
}

/** The caches that the operator has, and no controller: nothing is ever written. */
function readerOf(client: KubeClient, kernel: Kernel, namespaces: readonly string[]): Manager {
  return createManager({
    client,
    kernel,
    logger: createLogger({ clock: kernel.clock, level: LOG_LEVEL }),
    metrics: new RuntimeMetrics(),
    indexes: operatorIndexes,
    eventSource: "plexaubnet-console",
    namespaces,
  });
}

function sayStarted(console: Console, server: string, note: string | undefined): void {
  const terminal = openTerminal(process.stdout, process.env);
  printLines(terminal, [
    [styled("Console: ", "bold"), styled(console.link(), "accent")],
    [`of ${server}; the link works once. Ctrl-C ends it.`],
    ...(note === undefined ? [] : [[styled(note, "warn")]]),
  ]);
}

function say(text: string): void {
  printLines(openTerminal(process.stdout, process.env), [[styled("·", "dim"), ` ${text}`]]);
}

/** Undefined: none is named, and there is none in this folder. */
function ledgerOf(options: ConsoleCommandOptions): (() => LedgerSource | undefined) | undefined {
  const isNamed = options.ledger ?? process.env.PLEXAUBNET_LEDGER ?? options.config;
  if (isNamed === undefined && !existsSync(LOCAL_LEDGER)) return undefined;
  const { target, mapping, settings } = configFor(options);
  const source: LedgerSource = {
    settings,
    open: () => openLedger({ target, kernel: systemKernel, ...(mapping !== undefined && { mapping }) }),
  };
  return () => source;
}

function listenFailure(error: unknown, port: number): unknown {
  if (systemErrorCode(error) !== "EADDRINUSE") return error;
  return new CommandFailure(`port ${port} is in use: set another one with --port, or 0 for a free port.`, {
    cause: error,
  });
}
