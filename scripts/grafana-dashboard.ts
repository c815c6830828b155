/** `deploy/grafana/plexaubnet.json`, from a table of its panels. */

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly says: string;
  readonly queries: readonly Query[];
  readonly unit: "percentunit" | "short" | "s" | "ops";
  readonly kind?: "timeseries" | "stat" | "bargauge";
}

const OURS = 'job=~"$job"';
const POOL = 'namespace=~"$namespace",pool=~"$pool"';
const q = (expr: string, legend: string): Query => ({ expr, legend });
const quantile = (share: number, metric: string, by: string, selector: string) =>
  `histogram_quantile(${share}, sum by (${by === "" ? "" : `${by}, `}le) (rate(${metric}_bucket{${selector}}[$__rate_interval])))`;

const POOL_PANELS: readonly Panel[] = [
  {
    title: "Fullest pools",
    says: "The ten pools with the largest allocated share.",
    kind: "bargauge",
    unit: "percentunit",
    queries: [
      q(
        `topk(10, max by (namespace, pool) (plexaubnet_pool_utilization_ratio{${OURS},${POOL}}))`,
        "{{namespace}}/{{pool}}",
      ),
    ],
  },
  {
    title: "Utilization",
    says: "Allocated share of each pool, child pools and reserved ranges apart.",
    unit: "percentunit",
    queries: [
      q(
        `max by (namespace, pool) (plexaubnet_pool_utilization_ratio{${OURS},${POOL}})`,
        "{{namespace}}/{{pool}}",
      ),
    ],
  },
  {
    title: "Free blocks",
    says: "Free aligned blocks of the default, the least and the greatest length.",
    unit: "short",
    queries: [
      q(
        `max by (namespace, pool, size) (plexaubnet_pool_free_blocks{${OURS},${POOL}})`,
        "{{namespace}}/{{pool}} /{{size}}",
      ),
    ],
  },
  {
    title: "Fragmentation",
    says: "1 minus the largest free block by all free addresses: 0 when all that is free is one block.",
    unit: "percentunit",
    queries: [
      q(
        `max by (namespace, pool) (plexaubnet_pool_fragmentation_ratio{${OURS},${POOL}})`,
        "{{namespace}}/{{pool}}",
      ),
    ],
  },
  {
    title: "Allocated Subnets",
    says: "By pool.",
    unit: "short",
    queries: [
      q(
        `max by (namespace, pool) (plexaubnet_pool_allocated_total{${OURS},${POOL}})`,
        "{{namespace}}/{{pool}}",
      ),
    ],
  },
  {
    title: "Addresses",
    says: "All of them and the allocated ones, over the pools chosen above.",
    unit: "short",
    queries: [
      q(`sum(max by (namespace, pool) (plexaubnet_pool_capacity_addresses{${OURS},${POOL}}))`, "capacity"),
      q(`sum(max by (namespace, pool) (plexaubnet_pool_allocated_addresses{${OURS},${POOL}}))`, "allocated"),
    ],
  },
];

const CLAIM_PANELS: readonly Panel[] = [
  {
    title: "Claims",
    says: "By phase. Pending waits for something; Error needs a change of a spec.",
    kind: "stat",
    unit: "short",
    queries: [q(`max by (phase) (plexaubnet_claim_phase{${OURS}})`, "{{phase}}")],
  },
  {
    title: "From claim to block",
    says: "From the moment a claim was seen to the moment it was seen Bound.",
    unit: "s",
    queries: [0.5, 0.99].map((share) =>
      q(
        quantile(share, "plexaubnet_allocation_duration_seconds", "", `${OURS},result="bound"`),
        `p${share * 100}`,
      ),
    ),
  },
  {
    title: "Allocations",
    says: "Claims that came to an end, by how.",
    unit: "ops",
    queries: [
      q(
        `sum by (result) (rate(plexaubnet_allocation_duration_seconds_count{${OURS}}[$__rate_interval]))`,
        "{{result}}",
      ),
    ],
  },
  {
    title: "Conflicts and repairs",
    says: "Subnets that lost their block to one that was first, and accounting that differed from scratch.",
    unit: "short",
    queries: [
      q(`sum(increase(plexaubnet_allocation_conflicts_total{${OURS}}[$__rate_interval]))`, "conflicts"),
      q(`sum(increase(plexaubnet_accounting_mismatch_total{${OURS}}[$__rate_interval]))`, "repairs"),
    ],
  },
];

const HISTORY_PANELS: readonly Panel[] = [
  {
    title: "Full next",
    says: "Days until the pools that are full first are full, at the fastest growth that the history supports.",
    unit: "short",
    queries: [
      q(
        `bottomk(10, min by (namespace, pool) (plexaubnet_pool_days_to_full{${OURS},${POOL},bound="soonest"}))`,
        "{{namespace}}/{{pool}}",
      ),
    ],
  },
  {
    title: "Decisions recorded",
    says: "Rows that were added to the history.",
    unit: "ops",
    queries: [q(`sum(rate(plexaubnet_history_rows_total{${OURS}}[$__rate_interval]))`, "rows")],
  },
  {
    title: "Decisions pending",
    says: "Changes that were seen and are not recorded yet.",
    unit: "short",
    queries: [q(`max(plexaubnet_history_pending{${OURS}})`, "pending")],
  },
];

const STATUS_PANELS: readonly Panel[] = [
  {
    title: "Requeues of pools",
    says: "Pools put into the queue of PoolStatus, by the event of a Subnet.",
    unit: "ops",
    queries: [
      q(
        `sum by (event_type) (rate(subnetpool_parent_requeue_total{${OURS}}[$__rate_interval]))`,
        "{{event_type}}",
      ),
    ],
  },
  {
    title: "Length of a pool's reconcile",
    says: "95 of 100 are shorter, writes included.",
    unit: "s",
    queries: [
      q(quantile(0.95, "subnetpool_parent_reconcile_duration_seconds", "result", OURS), "p95 {{result}}"),
    ],
  },
  {
    title: "Failed reconciles of pools",
    says: "Their share. Alert ParentPoolReconcileErrorRate begins at 5%.",
    unit: "percentunit",
    queries: [
      q(
        `sum(rate(subnetpool_parent_reconcile_duration_seconds_count{${OURS},result="error"}[$__rate_interval])) / sum(rate(subnetpool_parent_reconcile_duration_seconds_count{${OURS}}[$__rate_interval]))`,
        "failed",
      ),
    ],
  },
  {
    title: "Since the last write of a status",
    says: "The pools whose status was written last. An unchanged status is not written.",
    unit: "s",
    queries: [
      q(
        `bottomk(10, time() - max by (namespace, name) (subnetpool_parent_status_last_timestamp_seconds{${OURS},namespace=~"$namespace"}))`,
        "{{namespace}}/{{name}}",
      ),
      q(`sum(subnetpool_parent_reconcile_inflight{${OURS}})`, "under way now"),
    ],
  },
];

const CONTROLLER_PANELS: readonly Panel[] = [
  {
    title: "Reconciles",
    says: "By controller and result.",
    unit: "ops",
    queries: [
      q(
        `sum by (controller, result) (rate(controller_runtime_reconcile_total{${OURS}}[$__rate_interval]))`,
        "{{controller}} {{result}}",
      ),
    ],
  },
  {
    title: "Length of a reconcile",
    says: "99 of 100 are shorter.",
    unit: "s",
    queries: [
      q(quantile(0.99, "controller_runtime_reconcile_time_seconds", "controller", OURS), "{{controller}}"),
    ],
  },
  {
    title: "Workers",
    says: "Those that work, of those that may.",
    unit: "short",
    queries: [
      q(`max by (controller) (controller_runtime_active_workers{${OURS}})`, "{{controller}}"),
      q(`max(controller_runtime_concurrency_limit{${OURS}})`, "limit"),
      q(`max(controller_runtime_max_concurrent_reconciles{${OURS}})`, "upper limit"),
    ],
  },
  {
    title: "Queues",
    says: "Objects that wait for a worker.",
    unit: "short",
    queries: [q(`max by (name) (workqueue_depth{${OURS}})`, "{{name}}")],
  },
  {
    title: "Wait in the queue",
    says: "99 of 100 wait less.",
    unit: "s",
    queries: [q(quantile(0.99, "workqueue_queue_duration_seconds", "name", OURS), "{{name}}")],
  },
  {
    title: "Retries",
    says: "Objects that are tried again after a failure.",
    unit: "ops",
    queries: [q(`sum by (name) (rate(workqueue_retries_total{${OURS}}[$__rate_interval]))`, "{{name}}")],
  },
];

const API_PANELS: readonly Panel[] = [
  {
    title: "Leader",
    says: "1 for the replica that works.",
    kind: "stat",
    unit: "short",
    queries: [q(`leader_election_master_status{${OURS}}`, "{{instance}}")],
  },
  {
    title: "Requests to the API server",
    says: "By code and method.",
    unit: "ops",
    queries: [
      q(
        `sum by (code, method) (rate(rest_client_requests_total{${OURS}}[$__rate_interval]))`,
        "{{method}} {{code}}",
      ),
    ],
  },
  {
    title: "Events that were not recorded",
    says: "Too many of them, or the API server took none.",
    unit: "short",
    queries: [q(`sum(increase(event_recorder_dropped_total{${OURS}}[$__rate_interval]))`, "dropped")],
  },
];

const ROWS: readonly (readonly [title: string, panels: readonly Panel[]])[] = [
  ["Pools", POOL_PANELS],
  ["Claims", CLAIM_PANELS],
  ["History", HISTORY_PANELS],
  ["Status of pools", STATUS_PANELS],
  ["Controllers and queues", CONTROLLER_PANELS],
  ["API server and leader", API_PANELS],
];

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills this in, not JavaScript.
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };
const WIDTH = 8;
const HEIGHT = 8;
const COLUMNS = 24 / WIDTH;

function panelOf(panel: Panel, id: number, x: number, y: number): object {
  return {
    id,
    type: panel.kind ?? "timeseries",
    title: panel.title,
    description: panel.says,
    datasource: DATASOURCE,
    gridPos: { h: HEIGHT, w: WIDTH, x, y },
    fieldConfig: {
      defaults: { unit: panel.unit, min: 0, ...(panel.unit === "percentunit" ? { max: 1 } : {}) },
      overrides: [],
    },
    targets: panel.queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}

function panels(): object[] {
  const placed: object[] = [];
  let y = 0;
  let id = 1;
  for (const [title, row] of ROWS) {
    placed.push({
      id: id++,
      type: "row",
      title,
      collapsed: false,
      gridPos: { h: 1, w: 24, x: 0, y },
      panels: [],
    });
    y += 1;
    for (const [index, panel] of row.entries()) {
      const line = Math.floor(index / COLUMNS);
      placed.push(panelOf(panel, id++, (index % COLUMNS) * WIDTH, y + line * HEIGHT));
    }
    y += Math.ceil(row.length / COLUMNS) * HEIGHT;
  }
  return placed;
}

function variable(name: string, query: string): object {
  return {
    name,
    label: name,
    type: "query",
    datasource: DATASOURCE,
    query: { query, refId: name },
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: ".*",
    current: { text: "All", value: "$__all" },
  };
}

export function grafanaDashboard(): string {
  const dashboard = {
    uid: "plexaubnet",
    title: "Plexaubnet",
    description: "Pools, claims, and the operator that serves them.",
    tags: ["plexaubnet", "ipam"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [
        { name: "datasource", label: "datasource", type: "datasource", query: "prometheus", current: {} },
        variable("job", "label_values(subnetpool_parent_reconcile_inflight, job)"),
        variable("namespace", "label_values(plexaubnet_pool_capacity_addresses, namespace)"),
        variable("pool", 'label_values(plexaubnet_pool_capacity_addresses{namespace=~"$namespace"}, pool)'),
      ],
    },
    panels: panels(),
  };
  const text = JSON.stringify(dashboard, null, 2);
  // Lists of words on one line, as the formatter has them.
  const compact = text.replaceAll(/\[\s+("[^"]*"(?:,\s+"[^"]*")*)\s+\]/g, (_, items: string) => {
    return `[${items.replaceAll(/,\s+/g, ", ")}]`;
  });
  return `${compact}\n`;
}
