/** Objects, claims, and what was decided about them. */

// ── GET /api/object?kind&namespace&name ────────────────────────────────────────────────────────────────────

export type ObjectKind = "SubnetPool" | "SubnetClaim" | "Subnet" | "SubnetPoolClaim";

export interface ObjectAnswer {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
  /** `Bound`, `Allocated`, …, as the command `explain` prints it. */
  readonly state: string;
  readonly reason?: string;
  /** The answer of `plexaubnet explain`, the most important first. */
  readonly sentences: readonly string[];
  /** Ways to make room for a claim that waits. */
  readonly openings: readonly { readonly block: string; readonly release: readonly string[] }[];
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly since?: string;
  }[];
  /** Kubernetes Events about it, the newest first. Absent: the viewer may not read them. */
  readonly events?: readonly ObjectEvent[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly created?: string;
  /** As `kubectl get -o yaml` prints it, without `managedFields`. */
  readonly yaml: string;
  /** Lines for a terminal. */
  readonly commands: { readonly kubectl: string; readonly explain: string };
  /** Objects to go on to. */
  readonly related: readonly RelatedObject[];
  /** Where it is on the map. */
  readonly place?: { readonly pool: string; readonly cidr: string };
}

export interface ObjectEvent {
  readonly at?: string;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

export interface RelatedObject {
  /** `its pool`, `its Subnet`, `child pool`, … */
  readonly as: string;
  readonly kind: ObjectKind;
  readonly name: string;
}

// ── GET /api/search?q ──────────────────────────────────────────────────────────────────────────────────────

/** `q`: an address, a CIDR, a cluster, or a part of a name. At most 20 hits, the best first. */
export interface SearchAnswer {
  readonly q: string;
  readonly hits: readonly SearchHit[];
}

export interface SearchHit {
  /** `address`: the smallest block that contains what was asked for. */
  readonly what: "address" | "pool" | "cluster" | "claim" | "subnet" | "poolclaim";
  /** First line: a CIDR or a name. */
  readonly title: string;
  /** Second line: who has it, and where. */
  readonly detail: string;
  readonly namespace: string;
  /** Where it is on the map; absent for a claim without a block. */
  readonly place?: { readonly pool: string; readonly cidr: string };
  readonly object?: { readonly kind: ObjectKind; readonly name: string };
}

// ── GET /api/claims?namespace&pool&state&filter&sort&order&offset&limit ────────────────────────────────────

/** `state`: `waiting` (default: what is not Bound), `bound`, or `all`. `sort`: `since` (default), `name`, `pool`, `reason`. */
export interface ClaimsAnswer {
  readonly rows: readonly ClaimRow[];
  readonly offset: number;
  readonly total: number;
  readonly counts: { readonly bound: number; readonly waiting: number };
}

export interface ClaimRow {
  readonly kind: "SubnetClaim" | "SubnetPoolClaim";
  readonly namespace: string;
  readonly name: string;
  readonly pool: string;
  readonly cluster?: string;
  readonly purpose?: string;
  /** `/24`, `10.0.0.0/24`, or empty: the default size of the pool. */
  readonly wants: string;
  readonly cidr?: string;
  readonly phase: "Bound" | "Pending" | "Error";
  readonly reason?: string;
  /** Why it waits, with the cure. */
  readonly message?: string;
  /** Since when it is in this state. */
  readonly since?: string;
}

// ── GET /api/activity?namespace&pool&before&limit ──────────────────────────────────────────────────────────

/** What was decided, the newest first. `before`: an `id`, for the next page. `limit`: default 100, at most 500. */
export interface ActivityAnswer {
  readonly entries: readonly ActivityEntry[];
}

export interface ActivityEntry {
  /** Increases. One that was derived from the state at the start of the console is negative. */
  readonly id: number;
  readonly at: string;
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
  readonly pool?: string;
  readonly cidr?: string;
  readonly cluster?: string;
  /** `allocated`, `waits`, `released`, … */
  readonly what: ActivityWhat;
  /** One sentence. */
  readonly sentence: string;
}

export type ActivityWhat =
  | "created"
  | "allocated"
  | "bound"
  | "waits"
  | "released"
  | "failed"
  | "changed"
  | "deleted";
