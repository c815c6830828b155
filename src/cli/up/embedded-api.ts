/**
 * The embedded API server, as the command line starts it: with its data in a folder, on the loopback interface unless
 * another address is named.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import {
  type AuditLog,
  createMemoryStore,
  ListenError,
  loadOrCreateIdentity,
  openAuditLog,
  openSqliteStore,
  type ServerIdentity,
  type Store,
  StoreOpenError,
  startApiServer,
  TOKEN_LENGTH,
  tokenFileIn,
} from "../../apiserver/index.ts";
import { createInProcessClient, type KubeClient } from "../../client/index.ts";
import { defined, type Kernel } from "../../kernel/index.ts";
import { CommandFailure } from "../failure.ts";
import { boundHeapGrowth } from "../process/heap-growth.ts";
import { followAdminTokens } from "./admin-tokens.ts";
import { assertLocal, type DataDirectory, keepFile, unwritable } from "./data-directory.ts";
import { hostsReached, isLoopback } from "./listening.ts";
import { listenFailure } from "./port-check.ts";
import type { AuthorizationMode } from "./up-options.ts";

/** The clients in this process: the operator, and the screen. */
const OWN_USER = { username: "plexaubnet-up", groups: ["system:masters", "system:authenticated"] };

/** A server throws away a lot of each large request, and is to take half a gigabyte for it rather than two. */
const HEAP_GROWTH_PERCENT = 40;

export interface EmbeddedApiOptions {
  readonly directory: DataDirectory;
  /** 0: one that is free. */
  readonly port: number;
  readonly host: string;
  readonly authorization: AuthorizationMode;
  /** The file of the audit log. Absent: there is none. */
  readonly auditLog: string | undefined;
  readonly inMemory: boolean;
  readonly kernel: Kernel;
  readonly logger: Logger;
  /** Called with a warning, in one sentence. */
  readonly onNotice: (sentence: string) => void;
}

export interface EmbeddedApi {
  /** `https://127.0.0.1:16443` */
  readonly url: string;
  /** A client in this process: over memory, with the rights of an administrator and a name of its own. Closed by the caller. */
  client(userAgent: string): KubeClient;
  /** Why nothing can be written for now, on a full disk say; reads are served, and it comes back. */
  readOnly(): string | undefined;
  close(): Promise<void>;
}

/**
 * Starts serving, and writes the kubeconfig for it.
 *
 * @throws CommandFailure when the port is taken or the folder cannot be used.
 */
export async function startEmbeddedApi(options: EmbeddedApiOptions): Promise<EmbeddedApi> {
  const { directory, host, port, kernel, logger } = options;
  boundHeapGrowth(HEAP_GROWTH_PERCENT);
  await using parts = new AsyncDisposableStack();
  try {
    const store = openStore(options);
    parts.defer(() => store.close());
    const identity = await loadIdentity(directory, kernel, hostsReached(host));
    if (!isLoopback(host)) assertFullToken(directory, identity);
    const audit = options.auditLog === undefined ? undefined : await openAudit(options.auditLog, logger);
    parts.defer(async () => audit?.close());
    const tokens = followAdminTokens({
      file: tokenFileIn(directory.path),
      current: identity.token,
      clock: kernel.clock,
      onRotated: () => logger.info("the token of the administrator was rotated: the old one is refused"),
    });
    parts.defer(() => tokens.close());
    const authorization = options.authorization === "rbac" ? "RBAC" : "AlwaysAllow";
    const server = await startApiServer({
      store,
      identity,
      host,
      port,
      kernel,
      logger,
      authorization,
      fixedTokens: tokens,
      ...defined({ audit }),
    });
    parts.defer(() => server.stop());
    keepFile(directory.kubeconfig, server.kubeconfig(), 0o600);
    const running = parts.move();
    return {
      url: server.url,
      client: (userAgent) => createInProcessClient(server.connect(OWN_USER), { kernel, userAgent }),
      readOnly: () => (store.failure?.isTemporary === true ? store.failure.message : undefined),
      close: () => running.disposeAsync(),
    };
  } catch (error) {
    throw failureOf(error, directory);
  }
}

function openStore({ directory, inMemory, kernel, logger, onNotice }: EmbeddedApiOptions): Store {
  if (inMemory) return createMemoryStore({ kernel, logger });
  assertLocal(directory.path);
  const isNew = !existsSync(directory.database);
  const store = openSqliteStore(directory.database, { kernel, logger, onNotice });
  if (isNew && existsSync(join(directory.path, "ca.key")))
    onNotice(
      `There was no store in ${directory.path}, although it contains keys: an empty one was created. If there was one before, restore it.`,
    );
  return store;
}

/** Keys and certificates. Users move such files, so any problem with them is reported, not thrown. */
async function loadIdentity(
  directory: DataDirectory,
  kernel: Kernel,
  hosts: readonly string[],
): Promise<ServerIdentity> {
  try {
    return await loadOrCreateIdentity(directory.path, kernel, hosts);
  } catch (error) {
    if (!(error instanceof Error) || unwritable(directory.path, error) !== error) throw error;
    const why = error.message.replace(/\.$/, "");
    const cure = "specify another data directory with --data-dir";
    throw new CommandFailure(`the keys in ${directory.path} cannot be used: ${why}; or ${cure}.`, {
      cause: error,
    });
  }
}

/** A token that the whole network can guess at must be random. */
function assertFullToken(directory: DataDirectory, { token }: ServerIdentity): void {
  if (token.length >= TOKEN_LENGTH) return;
  throw new CommandFailure(
    `the token in ${directory.path} has ${token.length} characters, and listening beyond this machine requires ${TOKEN_LENGTH}: create one with \`plexaubnet rotate-token\`.`,
  );
}

async function openAudit(file: string, logger: Logger): Promise<AuditLog> {
  try {
    return await openAuditLog({
      file,
      onLoss: ({ lines, cause }) => logger.error({ lines, cause: String(cause) }, "the audit log lost lines"),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    throw new CommandFailure(
      `the audit log ${file} cannot be written: ${why}; specify another file with --audit-log.`,
      {
        cause: error,
      },
    );
  }
}

/** What the parts say in their own words, with the option that cures it; the rest is left as it is. */
function failureOf(error: unknown, directory: DataDirectory): unknown {
  if (error instanceof CommandFailure) return error;
  if (error instanceof ListenError) return listenFailure(error);
  if (error instanceof StoreOpenError) return storeFailure(error);
  return unwritable(directory.path, error);
}

function storeFailure(error: StoreOpenError): CommandFailure {
  return new CommandFailure(error.message.replace(/\.$/, " (--data-dir DIR)."), { cause: error });
}
