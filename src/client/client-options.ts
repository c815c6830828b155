import type { Kernel } from "../kernel/index.ts";
import type { Auth } from "./cluster-config.ts";
import type { RateLimit } from "./rate-limiter.ts";

export interface ClientOptions {
  readonly kernel: Kernel;
  /** Default: `plexaubnet`. */
  readonly userAgent?: string;
  /** Holds back requests, watches included, beyond this. Default: none. */
  readonly rateLimit?: RateLimit;
  /** Connections for requests other than watches. Default 128: a burst needs as many as there are workers. */
  readonly maxConnections?: number;
  /** An answer that takes longer is lost. Watches are exempt. Default 65 s: servers give up after 60. */
  readonly requestTimeoutMs?: number;
  /** Asks for gzip. Default: only when the server is on another machine. */
  readonly compress?: boolean;
  /** Called for every attempt; counted by `rest_client_requests_total{code,method}`. It must not throw. */
  readonly onRequest?: (observation: RequestObservation) => void;
}

/** Of a client in the process of its server: there are no connections. */
export interface InProcessOptions extends Omit<ClientOptions, "maxConnections" | "compress"> {
  /** As whom requests count, if the user of the connection may impersonate that one. */
  readonly impersonate?: NonNullable<Auth["impersonate"]>;
}

export interface RequestObservation {
  /** HTTP status code, or `<error>` when no answer came. */
  readonly code: number | "<error>";
  /** `GET`, `POST` … */
  readonly method: string;
  /** Until the answer was there; for watches until it was accepted. */
  readonly durationMs: number;
}
