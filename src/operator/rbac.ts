/**
 * What each part of the operator may do, and no more (PS-13). The role that it is installed with is the union of these
 * rules; `docs/reference/rbac.md` shows them one by one. A test runs the operator with exactly this role, and another
 * one finds what is granted and never used.
 */
import { GROUP, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../api/index.ts";
import { compareText } from "../kernel/index.ts";
import { VALIDATING_WEBHOOK_CONFIGURATIONS } from "../kube/index.ts";
import { WEBHOOK_SECRET_NAME } from "../webhook/index.ts";
import { WEBHOOK_CONFIGURATION_NAME } from "./admission/index.ts";

/** As in `rbac.authorization.k8s.io/v1`. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The parts of the operator: its controllers, by the names in logs and metrics, and what serves all of them. */
export interface PartRights {
  readonly part: string;
  /** Why it needs them, in one sentence. */
  readonly why: string;
  readonly rules: readonly PolicyRule[];
  /** True: not granted where the webhook's certificate is given, and with it whom the API server is to trust. */
  readonly unlessCertificateIsGiven?: true;
}

const CLAIMS = SUBNET_CLAIMS.plural;
const POOLS = SUBNET_POOLS.plural;
const BLOCKS = SUBNETS.plural;
const POOL_CLAIMS = SUBNET_POOL_CLAIMS.plural;

/** What an informer does; `get` is for writes whose answer was lost, and for reads past the cache. */
const WATCHES = ["get", "list", "watch"];

function may(resource: string, ...verbs: readonly string[]): PolicyRule {
  return { apiGroups: [GROUP], resources: [resource], verbs };
}

/** In every namespace that is served. */
export const OPERATOR_RIGHTS: readonly PartRights[] = [
  {
    part: "SubnetClaim",
    why: "Records the block of a claim on it, creates its Subnet, adopts a retained one, recovers a lost block, and writes the status.",
    rules: [
      may(CLAIMS, ...WATCHES, "patch"),
      may(`${CLAIMS}/status`, "patch"),
      may(BLOCKS, ...WATCHES, "create", "patch", "delete"),
      may(POOLS, ...WATCHES),
    ],
  },
  {
    part: "Subnet",
    why: "Allocates or rejects a Subnet, and releases it when its claim is deleted.",
    rules: [
      may(BLOCKS, ...WATCHES, "patch", "delete"),
      may(`${BLOCKS}/status`, "patch"),
      may(CLAIMS, ...WATCHES),
      may(POOL_CLAIMS, ...WATCHES),
      may(POOLS, ...WATCHES, "patch"),
    ],
  },
  {
    part: "SubnetPoolClaim",
    why: "Requests a block from the parent pool, creates the child pool, and removes both in order.",
    rules: [
      may(POOL_CLAIMS, ...WATCHES, "patch"),
      may(`${POOL_CLAIMS}/status`, "patch"),
      may(POOLS, ...WATCHES, "create", "patch", "delete"),
      may(BLOCKS, ...WATCHES, "create", "delete"),
      may(CLAIMS, ...WATCHES, "delete"),
    ],
  },
  {
    part: "SubnetPool",
    why: "Protects pools that are in use, and holds the range of a child pool in its parent.",
    rules: [
      may(POOLS, ...WATCHES, "patch"),
      may(BLOCKS, ...WATCHES, "create", "patch", "delete"),
      // Through which the Go operator held the block of a child pool.
      may(CLAIMS, ...WATCHES),
      may(POOL_CLAIMS, ...WATCHES),
    ],
  },
  {
    part: "PoolStatus",
    why: "Writes the status of pools, and nothing else.",
    rules: [
      may(POOLS, ...WATCHES),
      may(`${POOLS}/status`, "patch"),
      may(BLOCKS, ...WATCHES),
      may(CLAIMS, ...WATCHES),
      may(POOL_CLAIMS, ...WATCHES),
    ],
  },
  {
    part: "Events",
    why: "Records Events about the objects above.",
    rules: [{ apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] }],
  },
];

/** What concerns the cluster as a whole, whichever namespaces the operator serves. */
export const CLUSTER_RIGHTS: readonly PartRights[] = [
  {
    part: "Endpoints",
    why: "Authenticates and authorizes callers of /metrics and /recalculate, and users of the console, through the API server.",
    rules: [
      { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
      { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
    ],
  },
  {
    part: "History",
    why: "Reads the UID of the namespace kube-system, by which the history (`--history`) identifies this cluster.",
    rules: [{ apiGroups: [""], resources: ["namespaces"], resourceNames: ["kube-system"], verbs: ["get"] }],
  },
  {
    part: "Admission",
    why: "Publishes the certificate authority of the webhook in its configuration. Not granted if the certificate is provided (`webhookCertificateSecret` of the chart, `plexaubnet install --webhook-certificate-secret`), because any subject with this permission could redirect the webhook and read the reviewed objects.",
    unlessCertificateIsGiven: true,
    rules: [
      {
        apiGroups: [VALIDATING_WEBHOOK_CONFIGURATIONS.group],
        resources: [VALIDATING_WEBHOOK_CONFIGURATIONS.plural],
        resourceNames: [WEBHOOK_CONFIGURATION_NAME],
        verbs: ["patch"],
      },
    ],
  },
];

export const LEASE_NAME = "plexaubnet-operator";

/** What it needs in its own namespace, and nowhere else. A name cannot be asked for when an object is created. */
export const HOME_RIGHTS: readonly PartRights[] = [
  {
    part: "Leader election",
    why: "Holds the Lease that determines the leader.",
    rules: [
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
      {
        apiGroups: ["coordination.k8s.io"],
        resources: ["leases"],
        resourceNames: [LEASE_NAME],
        verbs: ["get", "update"],
      },
    ],
  },
  {
    part: "Webhook certificate",
    why: "Stores the certificate of the webhook and of the endpoints, which all replicas share; a provided certificate is only read.",
    rules: [
      { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: [WEBHOOK_SECRET_NAME],
        verbs: ["get", "update"],
      },
    ],
  },
];

/** The order in which people expect verbs. */
const VERB_ORDER = ["get", "list", "watch", "create", "update", "patch", "delete"];

/** The rules of several parts as one list: one rule for each resource, sorted, so that the same rights read the same. */
export function unionOf(parts: readonly PartRights[]): PolicyRule[] {
  const merged = new Map<string, PolicyRule>();
  for (const rule of parts.flatMap(({ rules }) => rules)) {
    for (const resource of rule.resources) {
      const key = JSON.stringify([rule.apiGroups, resource, rule.resourceNames]);
      const verbs = new Set([...(merged.get(key)?.verbs ?? []), ...rule.verbs]);
      const inOrder = VERB_ORDER.filter((verb) => verbs.has(verb));
      merged.set(key, { ...rule, resources: [resource], verbs: inOrder });
    }
  }
  return [...merged.entries()].sort(([a], [b]) => compareText(a, b)).map(([, rule]) => rule);
}
