/** Listens, within limits: connections, headers and requests are all bounded. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeServer, listenAt } from "../../runtime/index.ts";

export interface ListenOptions {
  /** Default: loopback. Empty: every address of this machine. */
  readonly host?: string | undefined;
  /** 0: any free one. */
  readonly port: number;
}

export interface Listening {
  /** By which a browser on this machine reaches it, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const PATIENCE_MS = 10_000;
/** Streams of events are open all the time. */
const MOST_CONNECTIONS = 1_024;
const MOST_HEADER_BYTES = 32_768;

export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { host = LOOPBACK, port }: ListenOptions,
): Promise<Listening> {
  const limits = {
    requestTimeout: PATIENCE_MS,
    headersTimeout: PATIENCE_MS,
    maxHeaderSize: MOST_HEADER_BYTES,
  };
  const server = createServer(limits, answer);
  server.maxConnections = MOST_CONNECTIONS;
  const { authority, port: taken } = await listenAt(server, { host, port });
  return { url: `http://${authority}`, port: taken, close: () => closeServer(server) };
}
