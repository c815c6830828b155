/**
 * The embedded API server, as the command line starts it: on the loopback interface, with its data in a folder.
 */
import type { Logger } from "pino";
import {
  createMemoryStore,
  ListenError,
  loadOrCreateIdentity,
  openSqliteStore,
  type ServerIdentity,
  type Store,
  StoreOpenError,
  startApiServer,
} from "../../apiserver/index.ts";
import type { Kernel } from "../../kernel/index.ts";
import { CommandFailure } from "../failure.ts";
import { type DataDirectory, unwritable, writeFileAtomically } from "./data-directory.ts";
import { listenFailure } from "./port-check.ts";

export interface EmbeddedApiOptions {
  readonly directory: DataDirectory;
  /** 0: one that is free. */
  readonly port: number;
  readonly inMemory: boolean;
  readonly kernel: Kernel;
  readonly logger: Logger;
}

export interface EmbeddedApi {
  /** `https://127.0.0.1:16443` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts serving, and writes the kubeconfig for it.
 *
 * @throws CommandFailure when the port is taken or the folder cannot be used.
 */
export async function startEmbeddedApi(options: EmbeddedApiOptions): Promise<EmbeddedApi> {
  const { directory, port, kernel, logger } = options;
  await using parts = new AsyncDisposableStack();
  try {
    const store = openStore(options);
    parts.defer(() => store.close());
    const identity = await loadIdentity(directory, kernel);
    const server = await startApiServer({ store, identity, port, kernel, logger });
    parts.defer(() => server.stop());
    writeFileAtomically(directory.kubeconfig, server.kubeconfig(), 0o600);
    const running = parts.move();
    return { url: server.url, close: () => running.disposeAsync() };
  } catch (error) {
    throw failureOf(error, directory);
  }
}

function openStore({ directory, inMemory, kernel, logger }: EmbeddedApiOptions): Store {
  return inMemory ? createMemoryStore({ kernel }) : openSqliteStore(directory.database, { kernel, logger });
}

/** Keys and certificates. People move such files about, so whatever is wrong with them is told, not thrown. */
async function loadIdentity(directory: DataDirectory, kernel: Kernel): Promise<ServerIdentity> {
  try {
    return await loadOrCreateIdentity(directory.path, kernel);
  } catch (error) {
    if (!(error instanceof Error) || unwritable(directory.path, error) !== error) throw error;
    const why = error.message.replace(/\.$/, "");
    const cure = "name another data directory with --data-dir";
    throw new CommandFailure(`the keys in ${directory.path} cannot be used: ${why}; or ${cure}.`, {
      cause: error,
    });
  }
}

/** What the parts say in their own words, with the option that cures it; the rest is left as it is. */
function failureOf(error: unknown, directory: DataDirectory): unknown {
  if (error instanceof ListenError) return listenFailure(error);
  if (error instanceof StoreOpenError) return storeFailure(error);
  return unwritable(directory.path, error);
}

function storeFailure(error: StoreOpenError): CommandFailure {
  return new CommandFailure(error.message.replace(/\.$/, " (--data-dir DIR)."), { cause: error });
}
