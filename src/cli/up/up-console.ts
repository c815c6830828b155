/** The console of `plexaubnet up`: over the caches of the operator, with sessions that outlive a restart. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeClient } from "../../client/index.ts";
import { type Console, type ConsoleOptions, createConsole } from "../../console/index.ts";
import type { BalancerDemo } from "../../demo/index.ts";
import type { Kernel } from "../../kernel/index.ts";
import type { WorldSource } from "../../operator/index.ts";
import type { Logger, Manager, RuntimeMetrics } from "../../runtime/index.ts";
import { CommandFailure, systemErrorCode } from "../failure.ts";
import type { UpOptions } from "./up-options.ts";

export interface UpConsoleOptions {
  readonly options: UpOptions;
  readonly version: string;
  readonly serverUrl: string;
  /** Absolute path of the data directory; undefined: nothing is stored. */
  readonly folder: string | undefined;
  readonly source: WorldSource & Pick<Manager, "ready">;
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
  /** Known once the examples are there. */
  readonly balancers: () => Pick<BalancerDemo, "ledger" | "settings"> | undefined;
  readonly onLinkUsed: () => void;
}

export interface UpConsole {
  /** @throws CommandFailure when the port that was asked for is taken. */
  serve(): Promise<Console>;
}

export function upConsole(of: UpConsoleOptions): UpConsole {
  const settings = (port: number): ConsoleOptions => ({
    port,
    source: of.source,
    client: of.client,
    kernel: of.kernel,
    logger: of.logger.child({ part: "console" }),
    who: { access: "caller", key: of.folder === undefined ? undefined : keyIn(of.folder) },
    version: of.version,
    cluster: "the embedded server",
    server: of.serverUrl,
    metrics: of.metrics,
    ledger: () => {
      const balancers = of.balancers();
      if (balancers === undefined) return undefined;
      return { settings: balancers.settings, open: async () => balancers.ledger, isShared: true };
    },
    isSynced: () => of.source.ready(),
    onLinkUsed: of.onLinkUsed,
  });
  const { port, consolePort } = of.options;
  const wanted = consolePort ?? (port === 0 ? 0 : port + 1);
  const start = createConsole(settings(wanted));
  return {
    async serve() {
      try {
        return await start.serve();
      } catch (error) {
        if (systemErrorCode(error) !== "EADDRINUSE") throw error;
        if (consolePort === undefined) return start.serve(0);
        throw new CommandFailure(
          `port ${wanted} of the console is in use: set another one with --console-port, or 0 for a free port.`,
          { cause: error },
        );
      }
    },
  };
}

const KEY_BYTES = 32;

/** Signs the cookies of sessions. Its owner alone may read it. */
function keyIn(folder: string): Buffer {
  const file = join(folder, "console.key");
  if (existsSync(file)) {
    const known = Buffer.from(readFileSync(file, "utf8").trim(), "base64url");
    if (known.length >= KEY_BYTES) return known;
  }
  const key = randomBytes(KEY_BYTES);
  writeFileSync(file, `${key.toString("base64url")}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return key;
}
