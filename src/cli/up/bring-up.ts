/**
 * Runs `plexaubnet up`: an API server with its data in a folder, the operator as a client of it that goes without sockets,
 * and on the first start a fleet to look at.
 */
import { closeSync, existsSync, openSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { LedgerTarget } from "../../balancers/ledger/index.ts";
import type { Console } from "../../console/index.ts";
import { type BalancerDemo, ManifestError, startDemo } from "../../demo/index.ts";
import { HistoryMetrics, startRecorder } from "../../history/index.ts";
import { type Kernel, sleep, systemKernel } from "../../kernel/index.ts";
import { startOperator, type WorldSource } from "../../operator/index.ts";
import { type Logger, type Manager, RuntimeMetrics } from "../../runtime/index.ts";
import { CommandFailure } from "../failure.ts";
import { watchFleet } from "../fleet/fleet-watch.ts";
import { type FleetSource, untilSettled } from "../fleet/settling.ts";
import { HISTORY_FILE } from "../history/local-history.ts";
import { LEDGER_FILE, LOCAL_LEDGER } from "../ledger/session.ts";
import { aborted, INTERRUPTED_EXIT_CODE, stopSignal } from "../process/stop-signal.ts";
import { openTerminal } from "../screen/terminal.ts";
import { type DataDirectory, dataDirectoryAt, openDataDirectory, typedPath } from "./data-directory.ts";
import { type EmbeddedApi, startEmbeddedApi } from "./embedded-api.ts";
import { installCrds } from "./install-crds.ts";
import { isLoopback, isWildcard } from "./listening.ts";
import { openLog } from "./log-file.ts";
import { assertPortFree } from "./port-check.ts";
import { type Progress, progressOn, sayWhenStopping } from "./progress.ts";
import { followFleet, printFleet, type Surroundings } from "./show-fleet.ts";
import { type UpConsole, type UpConsoleOptions, upConsole } from "./up-console.ts";
import type { AuthorizationMode, UpOptions } from "./up-options.ts";

const CHECKOUT = resolve(fileURLToPath(new URL("../../../", import.meta.url)));

/** More than on a cluster: writes that wait for one write of the disk are committed together. */
const OPERATOR_CONCURRENCY = 32;

/** Ends when everything is done, or after a signal. */
export async function bringUp(options: UpOptions, version: string): Promise<void> {
  const signal = stopSignal(systemKernel.clock);
  try {
    await run(options, version, systemKernel, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    if (options.once) process.exitCode = INTERRUPTED_EXIT_CODE;
  }
}

async function run(options: UpOptions, version: string, kernel: Kernel, signal: AbortSignal): Promise<void> {
  const terminal = openTerminal(process.stdout, process.env);
  const progress = progressOn(terminal);
  sayWhenStopping(terminal, signal);
  // The store is opened first: its error explains a second start better than that of the port.
  if (!existsSync(dataDirectoryAt(options.dataDir).database))
    await assertPortFree(options.listen, options.port);
  const directory = openDataDirectory(options.dataDir);
  const logger = openLog(directory.log, kernel.clock, options.verbose);
  await using parts = new AsyncDisposableStack();

  const { inMemory, port, listen: host, auditLog } = options;
  const authorization = options.authorization ?? (isLoopback(host) ? "always-allow" : "rbac");
  progress(inMemory ? "starting an API server in memory" : `opening ${typedPath(directory.database)}`);
  const api = await startEmbeddedApi({
    directory,
    host,
    port,
    authorization,
    auditLog,
    inMemory,
    kernel,
    logger,
    onNotice: progress,
  });
  parts.defer(() => api.close());
  progress(`serving the Kubernetes API at ${api.url}`);
  if (!isLoopback(host)) progress(reachOf(host, authorization));
  const context = { options, version, directory, api, kernel, logger, signal, progress, parts };
  const { fleet, console, onLinkUsed } = await whenWritable(api, context, startFleet);
  const surroundings = {
    ...surroundingsOf(options, version, directory, api),
    ...(console !== undefined && { consoleLink: () => console.link() }),
  };
  const patience = untilSettled(fleet, kernel.clock, PATIENCE_MS, signal);

  if (options.once || !terminal.isLive) {
    const open = await patience;
    printFleet(terminal, surroundings, fleet);
    if (open !== undefined && options.once) throw stillOpen(open);
    if (options.once) return;
    onLinkUsed?.(() => progress(`the link of the console was used; the next one: ${console?.link()}`));
  } else {
    patience.catch(() => {});
    parts.defer(followFleet(terminal, surroundings, fleet, kernel.clock));
  }
  await aborted(signal);
}

/** Who can reach it, and what they may do then. */
function reachOf(host: string, authorization: AuthorizationMode): string {
  const where = isWildcard(host) ? "on all addresses of this machine" : `on ${host}`;
  const rights =
    authorization === "rbac"
      ? "access is controlled by roles and bindings"
      : "EVERY AUTHENTICATED USER MAY DO EVERYTHING (--authorization always-allow)";
  return `listening ${where}: ${rights}`;
}

/** How long a fleet may take to settle. */
const PATIENCE_MS = 30_000;

interface FleetParts {
  readonly options: UpOptions;
  readonly version: string;
  readonly directory: DataDirectory;
  readonly api: EmbeddedApi;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** What is to be ended, in reverse order. */
  readonly parts: AsyncDisposableStack;
}

/** How often it is looked whether there is room again. */
const ROOM_POLL_MS = 500;

/**
 * Starts, where nothing can be written, as soon as that is cured: until then the API serves reads.
 *
 * @throws CommandFailure when it is to be done once.
 */
async function whenWritable<T>(
  api: EmbeddedApi,
  context: FleetParts,
  start: (context: FleetParts) => Promise<T>,
): Promise<T> {
  const { options, kernel, signal, progress, parts: all } = context;
  for (let said = false; ; ) {
    const parts = new AsyncDisposableStack();
    try {
      const started = await start({ ...context, parts });
      all.defer(() => parts.disposeAsync());
      return started;
    } catch (error) {
      await parts.disposeAsync();
      const why = api.readOnly();
      if (why === undefined || signal.aborted) throw error;
      if (options.once) throw new CommandFailure(why, { cause: error });
      if (!said) progress(`${why} The operator starts once this is resolved.`);
      said = true;
    }
    while (api.readOnly() !== undefined) await sleep(kernel.clock, ROOM_POLL_MS, signal);
  }
}

/** The kinds, the operator, the examples, and an eye on all of it: each a client of the API like any other. */
async function startFleet(context: FleetParts): Promise<StartedFleet> {
  const { options, directory, api, kernel, logger, signal, progress, parts } = context;
  const client = api.client("plexaubnet-up");
  parts.defer(() => client.close());
  progress("installing the CRDs SubnetPool, SubnetClaim, Subnet, SubnetPoolClaim");
  await installCrds(client, kernel.clock, signal);
  progress("starting the operator");
  const metrics = new RuntimeMetrics();
  const operatorClient = api.client("plexaubnet-operator");
  parts.defer(() => operatorClient.close());
  // Before the operator, and ended after it: what it decides last is recorded.
  if (!options.inMemory) {
    const target: LedgerTarget = { dialect: "sqlite", path: join(directory.path, HISTORY_FILE) };
    closeSync(openSync(target.path, "a", 0o600));
    const recorder = startRecorder({
      target,
      client,
      kernel,
      logger,
      metrics: new HistoryMetrics(metrics.registry),
    });
    parts.defer(() => recorder.stop());
  }
  const serving = consoleOf(context, { client, metrics });
  const operator = await startOperator({
    client: operatorClient,
    kernel,
    logger,
    metrics,
    ...(serving !== undefined && { onSource: serving.onSource }),
    concurrency: OPERATOR_CONCURRENCY,
  });
  parts.defer(() => operator.stop());
  const console = await serving?.serve();
  if (console !== undefined) parts.defer(() => console.close());
  const watch = watchFleet({ client, kernel, logger });
  parts.defer(() => watch.close());
  if (options.examples) {
    const ledgerFile = options.inMemory ? undefined : join(directory.path, LEDGER_FILE);
    const parties = { client, kernel, logger, metrics, signal };
    const demo = await startDemo({ ...parties, ledgerFile, onProgress: progress }).catch(asCommandFailure);
    parts.defer(() => demo.stop());
    serving?.show(demo);
  }
  if (serving === undefined) return { fleet: watch, console, onLinkUsed: undefined };
  return { fleet: serving.redrawing(watch), console, onLinkUsed: serving.onLinkUsed };
}

interface StartedFleet {
  readonly fleet: FleetSource;
  readonly console: Console | undefined;
  /** Calls each time that a link was used. */
  readonly onLinkUsed: ((listener: () => void) => void) | undefined;
}

/** Undefined: it is not served. */
function consoleOf(context: FleetParts, { client, metrics }: Pick<UpConsoleOptions, "client" | "metrics">) {
  const { options, version, directory, api, kernel, logger } = context;
  if (!options.console || options.once) return undefined;
  let started: UpConsole | undefined;
  let balancers: BalancerDemo | undefined;
  const onUse = new Set<() => void>();
  return {
    onSource(source: WorldSource & Pick<Manager, "ready">) {
      started = upConsole({
        options,
        version,
        serverUrl: api.url,
        folder: options.inMemory ? undefined : directory.path,
        source,
        client,
        kernel,
        logger,
        metrics,
        balancers: () => balancers,
        onLinkUsed: () => {
          for (const redraw of onUse) redraw();
        },
      });
    },
    async serve(): Promise<Console | undefined> {
      const console = await started?.serve();
      console?.warm();
      return console;
    },
    onLinkUsed(listener: () => void) {
      onUse.add(listener);
    },
    show(demo: BalancerDemo) {
      balancers = demo;
    },
    /** The screen shows the link, which changes when it is used. */
    redrawing: (watch: FleetSource): FleetSource => ({
      get fleet() {
        return watch.fleet;
      },
      onChange(listener) {
        onUse.add(listener);
        const stop = watch.onChange(listener);
        return () => {
          onUse.delete(listener);
          stop();
        };
      },
    }),
  };
}

function asCommandFailure(error: unknown): never {
  if (error instanceof ManifestError) throw new CommandFailure(error.message, { cause: error });
  throw error;
}

function surroundingsOf(
  options: UpOptions,
  version: string,
  directory: DataDirectory,
  api: EmbeddedApi,
): Surroundings {
  return {
    version,
    serverUrl: api.url,
    data: options.inMemory ? "data in memory only" : `data in ${typedPath(directory.path)}`,
    kubeconfig: typedPath(directory.kubeconfig),
    ...(options.examples && !options.inMemory && { ledgerDiff: ledgerDiff(directory) }),
  };
}

/** As it is typed: npm runs the sources, in the folder of the checkout; elsewhere it is the installed command. */
function ownCommand(): string {
  const isCheckout = import.meta.url.endsWith(".ts") && process.cwd() === CHECKOUT;
  return isCheckout ? "npm run -s plexaubnet --" : "plexaubnet";
}

/** The command that finds what differs in the example of load balancers. */
function ledgerDiff(directory: DataDirectory): string {
  const file = join(directory.path, LEDGER_FILE);
  const isFound = file === resolve(LOCAL_LEDGER);
  return `${ownCommand()} lb diff${isFound ? "" : ` --ledger sqlite:${typedPath(file)}`}`;
}

/** Names that a sentence can bear. */
const MOST_NAMES = 10;

function stillOpen(names: readonly string[]): CommandFailure {
  const listed = names.slice(0, MOST_NAMES).join(", ");
  const rest = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  return new CommandFailure(
    `after ${PATIENCE_MS / 1000} s these are not decided yet: ${listed}${rest}; see the log for the cause.`,
  );
}
