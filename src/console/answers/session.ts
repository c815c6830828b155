/** Who looks, how fresh it is, and what changes. */
import type { ActivityEntry, ObjectKind } from "./objects.ts";
import type { PoolName } from "./pools.ts";

/** `message` is one sentence that names the thing and the cure, for people. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
  /** With `NoSession`: whether a link is opened (`caller`) or a token is entered (`token`) to begin a session. */
  readonly access?: "caller" | "token";
}

/**
 * - `NoSession` (401): there is no session, or it has ended (the server was started again): open a new link, or log in.
 * - `Forbidden` (403): the viewer has no right to it, or the request is from another origin.
 * - `NotFound` (404): no such path, object or pool.
 * - `Invalid` (400): a parameter or a body that cannot be read; also 405, 413 and 415.
 * - `Busy` (429): too many requests or streams of events at once.
 * - `Starting` (503): the objects are not listed yet; the message names what is waited for.
 * - `Unreachable` (502): the cluster or the ledger cannot be reached.
 * - `Failed` (500): a fault of the console, or what the API server refused without a better reason.
 */
export type RefusalReason =
  | "NoSession"
  | "Forbidden"
  | "NotFound"
  | "Invalid"
  | "Busy"
  | "Starting"
  | "Unreachable"
  | "Failed";

// ── GET /api/session ───────────────────────────────────────────────────────────────────────────────────────

export interface SessionAnswer {
  /** Of Plexaubnet. */
  readonly version: string;
  /** What it shows: `kubeconfig context prod`, `the embedded server`, `this cluster`. */
  readonly cluster: string;
  /** URL of the API server. */
  readonly server: string;
  /** The viewer, as the API server names the user; absent where it does not. */
  readonly user?: string;
  /** `caller`: the rights of the user who started the console. `token`: each session has a bearer token of its own. */
  readonly access: "caller" | "token";
  readonly connection: Connection;
  /** Namespaces that hold objects of ours and that the viewer may see, in order. */
  readonly namespaces: readonly string[];
  /** Namespaces of them in which the viewer may create SubnetClaims. Empty: read-only. */
  readonly claimNamespaces: readonly string[];
  readonly hasLedger: boolean;
  /** Where the map begins: the largest pool without a parent. Absent while there is no pool. */
  readonly home?: PoolName;
}

/** How fresh what is shown is. */
export interface Connection {
  /**
   * - `starting`: not everything is listed yet.
   * - `live`: changes arrive.
   * - `lost`: the API server does not answer; what is shown is as of `lastSeen`, and it is tried again.
   * - `refused`: the API server answers, and refuses to list a kind.
   */
  readonly state: "starting" | "live" | "lost" | "refused";
  /** When the API server was last heard of; absent if never. */
  readonly lastSeen?: string;
  /** One sentence with the cure, unless `live`. */
  readonly message?: string;
}

// ── Login, only where `access` is `token`: POST /api/login, POST /api/logout ───────────────────────────────

export interface LoginRequest {
  /** A bearer token of the cluster. It stays on the server, and no answer contains it. */
  readonly token: string;
}

// ── GET /api/health ────────────────────────────────────────────────────────────────────────────────────────

export interface HealthAnswer {
  readonly connection: Connection;
  readonly leader: {
    /** From the Lease; absent: there is none, or it may not be read (`message`). */
    readonly holder?: string;
    readonly renewedAt?: string;
    readonly isExpired?: boolean;
    readonly message?: string;
  };
  /** One row a kind. */
  readonly watches: readonly {
    readonly kind: string;
    readonly objects: number;
    readonly isSynced: boolean;
    /** When something last arrived. */
    readonly lastChange?: string;
  }[];
  /** Queues of the operator, where it runs in this process. */
  readonly queues?: readonly { readonly controller: string; readonly depth: number }[];
  /** Newest decision seen. */
  readonly lastDecision?: string;
  /** One sentence: is it alive? */
  readonly sentence: string;
  readonly console: { readonly startedAt: string; readonly streams: number };
}

// ── GET /api/events (text/event-stream) ────────────────────────────────────────────────────────────────────

/**
 * Server-sent events. Each has an `id`; a browser that reconnects sends the last one, and gets what it has missed, or `everything`.
 * Event names: `change` ({@link ChangeEvent}), `connection` ({@link Connection}; also every 15 s), and every 15 s `beat` (`{}`), which has no `id`.
 */
export interface ChangeEvent {
  /** Too much has changed, or was missed, to be listed: read everything again. */
  readonly everything?: true;
  /** `namespace/name` of the pools whose contents or figures changed, with their ancestors. */
  readonly pools: readonly string[];
  readonly kinds: readonly ObjectKind[];
  /** What was decided, the oldest first. At most 50 of one event. */
  readonly activity: readonly ActivityEntry[];
}
