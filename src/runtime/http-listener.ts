/** What the HTTP servers of this project have in common: where they listen, how they end, and bodies of bounded length. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";

export interface ListenAddress {
  /** Empty: every address of this machine. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

const LOOPBACK = "127.0.0.1";

/** Where a server listens. */
export interface ListenedAddress {
  /** By which a caller on this machine reaches it: `127.0.0.1:8443`. */
  readonly authority: string;
  /** The port that was taken. */
  readonly port: number;
}

/** Rejects with the error of the server when it cannot listen. */
export async function listenAt(server: Server, { host, port }: ListenAddress): Promise<ListenedAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (host === "") server.listen(port, resolve);
    else server.listen(port, host, resolve);
  });
  const reached = host === "" || host === "0.0.0.0" || host === "::" ? LOOPBACK : host;
  const { port: taken } = server.address() as AddressInfo;
  return { authority: `${isIPv6(reached) ? `[${reached}]` : reached}:${taken}`, port: taken };
}

/** Connections that are open are closed, whatever they wait for. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Undefined: it is longer than that, and is not read to its end. */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<string | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** For a refusal: what has not been read of the request is not waited for. */
export function closeUnread(response: ServerResponse): void {
  if (response.req.complete) return;
  response.setHeader("connection", "close");
  response.once("finish", () => response.req.destroy());
}
