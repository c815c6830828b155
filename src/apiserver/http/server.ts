/** The TLS listener: opens, and closes without leaving anything behind. */

import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ServerIdentity } from "./auth/index.ts";
import type { ServingCertificate } from "./certificate-renewal.ts";
import type { Connections } from "./connections.ts";

/** The address cannot be listened on. The message names it and the cure. */
export class ListenError extends Error {
  readonly code: string;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    super(listenFault(host, port, cause), { cause });
    this.name = "ListenError";
    this.code = cause.code ?? "";
  }
}

function listenFault(host: string, port: number, cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is in use by another process: stop that one, or choose another port.`;
    case "EACCES":
      return `Port ${port} on ${host} may not be used by this user: choose a port above 1023.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is not an address of this machine: choose another host, such as 127.0.0.1.`;
    default:
      return `Cannot listen on ${host}:${port}: ${cause.message}.`;
  }
}

export interface Listener {
  readonly port: number;
  /** New connections get this one. */
  useCertificate(certificate: ServingCertificate): void;
  /** Takes no new requests, waits for those under way up to `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

/** The callbacks of a listener while it listens. */
export interface ListenerEvents {
  readonly onError: (error: Error) => void;
  readonly connections: Connections;
}

/** For a request to arrive whole. */
const REQUEST_TIMEOUT_MS = 60_000;
/** For a TLS handshake: long enough for a busy server, and the limit for a silent client. */
const HANDSHAKE_TIMEOUT_MS = 30_000;
/** Connections that wait to be accepted. All of them are accepted in one turn of the event loop, at 0.1 ms each. */
const BACKLOG = 128;

export async function listen(
  identity: ServerIdentity,
  address: { readonly host: string; readonly port: number },
  handler: RequestListener,
  { onError, connections }: ListenerEvents,
  after: (ms: number, fire: () => void) => { cancel(): void },
): Promise<Listener> {
  const server = createServer(
    {
      ...secureContext(identity, identity),
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
      keepAliveTimeout: 120_000,
      requestTimeout: REQUEST_TIMEOUT_MS,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      noDelay: true,
    },
    (request, response) => {
      connections.begin(request, response);
      handler(request, response);
    },
  );
  admitThrough(connections, server);
  await opened(server, address);
  // Accepting a connection may fail (too many open files); the next may do better.
  server.on("error", onError);
  return {
    port: (server.address() as AddressInfo).port,
    useCertificate: (certificate) => server.setSecureContext(secureContext(identity, certificate)),
    close: (graceMs) => closed(server, graceMs, after),
  };
}

function secureContext(
  { caCertificate }: ServerIdentity,
  { serverKey, serverCertificate }: ServingCertificate,
) {
  return { key: serverKey, cert: serverCertificate, ca: [caCertificate] };
}

/** Puts `connections` between the network and the TLS server, which begins a handshake for each connection that it receives. */
function admitThrough(connections: Connections, server: Server): void {
  const listeners = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    connections.accept(socket, () => {
      for (const begin of listeners) begin.call(server, socket);
    });
  });
}

function opened(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.close();
      reject(new ListenError(host, port, error));
    };
    server.once("error", onError);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

function closed(
  server: Server,
  graceMs: number,
  after: (ms: number, fire: () => void) => { cancel(): void },
): Promise<void> {
  return new Promise((resolve) => {
    const timer = after(graceMs, () => server.closeAllConnections());
    server.close(() => {
      timer.cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}
