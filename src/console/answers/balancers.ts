/** Load balancers and incidents. */

// ── GET /api/balancers ─────────────────────────────────────────────────────────────────────────────────────

export interface BalancersAnswer {
  /** Why there is nothing of the ledger: it is not configured, or cannot be reached. With the cure. */
  readonly ledgerMessage?: string;
  /** Why there is nothing of the cluster: MetalLB is not installed, or may not be read. */
  readonly clusterMessage?: string;
  readonly pools: readonly BalancerPoolRow[];
  readonly usage: readonly BalancerUsageRow[];
  readonly differences: readonly BalancerDifference[];
  readonly plan?: {
    readonly mode: string;
    readonly steps: readonly BalancerStep[];
    /** A doubt about what was read: then nothing would be applied. */
    readonly doubt?: string;
  };
  readonly history: readonly {
    readonly at: string;
    readonly actor: string;
    readonly action: string;
    readonly subject: string;
    readonly reason: string;
  }[];
}

export interface BalancerPoolRow {
  readonly name: string;
  /** Ranges on each side; absent: not there. */
  readonly ledger?: readonly string[];
  readonly cluster?: readonly string[];
  readonly differsIn: readonly string[];
  readonly addresses: string;
  readonly used: number;
}

export interface BalancerUsageRow {
  readonly ip: string;
  readonly namespace: string;
  readonly service: string;
  readonly pool?: string;
  /** State of the record in the ledger; absent: not recorded. */
  readonly recorded?: string;
  /** Whether a Service of the cluster has it now. */
  readonly isInCluster: boolean;
}

export interface BalancerDifference {
  readonly kind: string;
  readonly subject: string;
  readonly field: string;
  readonly ledger?: string;
  readonly cluster?: string;
  readonly sentence: string;
}

export interface BalancerStep {
  readonly id: string;
  readonly fate: "do" | "held back" | "stopped";
  readonly side: string;
  readonly does: string;
  readonly subject: string;
  readonly message: string;
  /** Which guard stopped it. */
  readonly guard?: string;
}

// ── GET /api/incidents, GET /api/incidents/ID ──────────────────────────────────────────────────────────────

export interface IncidentsAnswer {
  readonly ledgerMessage?: string;
  readonly rows: readonly IncidentRow[];
}

export interface IncidentRow {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly severity: string;
  readonly openedAt: string;
  readonly changedAt: string;
  readonly closedAt?: string;
}

/** The analysis as sections of statements; `evidence` of a statement are IDs of the list of evidence. */
export interface IncidentAnswer extends IncidentRow {
  readonly sections: readonly IncidentSection[];
  readonly evidence: readonly {
    readonly id: string;
    readonly at: string;
    readonly source: string;
    readonly sentence: string;
  }[];
}

export interface IncidentSection {
  readonly title: string;
  readonly statements: readonly {
    readonly text: string;
    /** Whether it was seen or concluded; absent for a task. */
    readonly basis?: "observed" | "inferred";
    readonly evidence: readonly string[];
  }[];
}
