/** Puts the console together: what it reads, who may look, and where it listens. */
import type { ClusterConfig, KubeClient } from "../client/index.ts";
import { formatTime, type Kernel } from "../kernel/index.ts";
import type { WorldSource } from "../operator/index.ts";
import type { Logger, RuntimeMetrics } from "../runtime/index.ts";
import { TokenViewers } from "./access/token-viewers.ts";
import { callerViewer } from "./access/viewer.ts";
import { BalancersView, type LedgerSource } from "./balancers/balancers-view.ts";
import { ConsoleFleet } from "./fleet/fleet.ts";
import type { Door } from "./http/callers.ts";
import { EventStreams } from "./http/event-streams.ts";
import { handle } from "./http/handler.ts";
import { type ListenOptions, listen } from "./http/server.ts";
import { Sessions, TokenSessions } from "./http/sessions.ts";
import { StaticFiles } from "./http/static-files.ts";
import { ActivityFeed } from "./live/activity.ts";
import { ChangeFeed } from "./live/change-feed.ts";
import { ConnectionWatch } from "./live/connection.ts";
import { WatchAges } from "./live/watch-ages.ts";
import type { ConsoleParts } from "./parts.ts";
import { namespacesOf } from "./read/session.ts";

/** Who may look. */
export type ConsoleAccess =
  /** Who has the link; with the rights of the client. With a `key`, sessions outlive the process. */
  | { readonly access: "caller"; readonly key?: Buffer | undefined }
  /** Who has a bearer token of this cluster, with the rights of that. */
  | { readonly access: "token"; readonly config: ClusterConfig };

export interface ConsoleOptions extends ListenOptions {
  /** Where the objects come from. It has not started yet, so that the console misses no change. */
  readonly source: WorldSource;
  /** With the rights of the user who starts the console. */
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly who: ConsoleAccess;
  readonly version: string;
  /** What it shows, for people: `context prod`, `the embedded server`. */
  readonly cluster: string;
  /** URL of the API server. */
  readonly server: string;
  /** Of the operator in this process, for the page of its health. */
  readonly metrics?: RuntimeMetrics | undefined;
  /** Asked for when someone looks. */
  readonly ledger?: (() => LedgerSource | undefined) | undefined;
  /** Names by which browsers reach it, besides addresses and `localhost`. */
  readonly hosts?: readonly string[] | undefined;
  /** Why the objects cannot be listed, where that is known: one sentence with the cure. */
  readonly refusal?: string | undefined;
  /** Whether everything is listed. */
  readonly isSynced: () => boolean;
  /** Called when the link was used, and there is another one. */
  readonly onLinkUsed?: (() => void) | undefined;
  /** Folder of the built page. Default: that of this package. */
  readonly pageFolder?: string | undefined;
}

export interface Console {
  /** Without a secret. */
  readonly url: string;
  /** Opens a session, once. Where each session has a token of its own, it is {@link Console.url}. */
  link(): string;
  /** All objects are listed: brings them into the order in which they are asked for. */
  warm(): void;
  close(): Promise<void>;
}

/** Not yet listening: what reads is there before the source starts, and {@link ConsoleStart.serve} comes when there is a port. */
export interface ConsoleStart {
  /** @param port default: that of the options. */
  serve(port?: number): Promise<Console>;
}

/** @throws as `net.Server.listen` does */
export function createConsole(options: ConsoleOptions): ConsoleStart {
  const { source, client, kernel, server, isSynced, refusal } = options;
  const { clock } = kernel;
  const fleet = new ConsoleFleet(source, kernel);
  const ages = new WatchAges(fleet, clock);
  const activity = new ActivityFeed(fleet, clock);
  const feed = new ChangeFeed(fleet, activity, clock, kernel.random.uuid().slice(0, 8));
  const connection = new ConnectionWatch({
    client,
    clock,
    server,
    isSynced,
    refusal,
    onChange: (now) => feed.tellConnection(now),
  });
  const streams = new EventStreams({ feed, clock, connection: () => connection.now });
  const parts: ConsoleParts = {
    fleet,
    activity,
    ages,
    balancers: new BalancersView({ kernel, ledger: options.ledger }),
    clock,
    metrics: options.metrics,
    version: options.version,
    cluster: options.cluster,
    server,
    access: options.who.access,
    startedAt: formatTime(clock.now()),
    connection: () => connection.now,
    isSynced,
    streamCount: () => streams.count,
  };
  return {
    serve: (port = options.port) => serve({ ...options, port }, parts, { feed, connection, streams }),
  };
}

interface LiveParts {
  readonly feed: ChangeFeed;
  readonly connection: ConnectionWatch;
  readonly streams: EventStreams;
}

async function serve(
  options: ConsoleOptions,
  parts: ConsoleParts,
  { feed, connection, streams }: LiveParts,
): Promise<Console> {
  const door = doorOf(options, parts);
  const { hosts = [], logger, onLinkUsed = () => {} } = options;
  const files = new StaticFiles(options.pageFolder);
  let cookieName = "plexaubnet-console";
  const listening = await listen((request, response) => {
    void handle({ parts, door, streams, files, logger, hosts, cookieName, onLinkUsed }, request, response);
  }, options);
  // Cookies of a host are shared by its ports.
  cookieName = `plexaubnet-console-${listening.port}`;
  connection.start();
  return {
    url: `${listening.url}/`,
    link: () =>
      door.access === "caller" ? `${listening.url}/?token=${door.sessions.link}` : `${listening.url}/`,
    warm() {
      parts.fleet.warm();
      parts.activity.warm();
    },
    async close() {
      connection.stop();
      feed.stop();
      streams.close();
      await listening.close();
      await parts.balancers.close();
      if (door.access === "token") await door.viewers.close();
    },
  };
}

function doorOf({ who, client, kernel }: ConsoleOptions, { fleet }: ConsoleParts): Door {
  const { clock } = kernel;
  if (who.access === "caller") {
    return {
      access: "caller",
      sessions: new Sessions({ clock, key: who.key }),
      viewer: callerViewer(client, clock),
    };
  }
  const viewers = new TokenViewers({
    kernel,
    config: who.config,
    reviewClient: client,
    namespaces: () => namespacesOf(fleet),
  });
  return { access: "token", sessions: new TokenSessions(clock), viewers };
}
