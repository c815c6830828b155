/** What a listener of ours takes from whoever can reach it, before it knows who that is. */
import type { ServerOptions } from "node:https";

export interface ListenerLimits {
  /** Connections at a time; who comes when there are so many is sent away. */
  readonly maxConnections: number;
  /** For the handshake, for the headers, and for all of a request, its body included. */
  readonly patienceMs: number;
}

/** One API server is a handful of connections, and sends a review within milliseconds. */
export const WEBHOOK_LIMITS: ListenerLimits = { maxConnections: 1_024, patienceMs: 10_000 };

/** Options of a TLS server. Its `maxConnections` is set on the server itself. */
export function patientFor({ patienceMs }: ListenerLimits): ServerOptions {
  return {
    handshakeTimeout: patienceMs,
    headersTimeout: patienceMs,
    requestTimeout: patienceMs,
    // How often Node looks for those who are late; its default is 30 s.
    connectionsCheckingInterval: Math.ceil(patienceMs / 4),
    minVersion: "TLSv1.2",
  };
}
