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
    why: "Records the block of a claim on it, creates its Subnet, adopts a retained one, takes back what a claim lost, and says how it went.",
    rules: [
      may(CLAIMS, ...WATCHES, "patch"),
      may(`${CLAIMS}/status`, "patch"),
      may(BLOCKS, ...WATCHES, "create", "patch", "delete"),
      may(POOLS, ...WATCHES),
    ],
  },
  {
    part: "Subnet",
    why: "Accepts or refuses a Subnet, and releases it when its claim is gone.",
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
    why: "Takes a block out of the parent pool, makes the child pool of it, and removes both in order.",
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
    why: "Protects pools that something lives in, and holds the range of a child pool in its parent.",
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
    why: "Asks the API server who calls /metrics and /recalculate, and whether they may.",
    rules: [
      { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
      { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
    ],
  },
  {
    part: "Admission",
    why: "Tells the API server which authority signs the webhook's certificate. Not granted where that is given (`webhookCertificateSecret` of the chart, `plexaubnet install --webhook-certificate-secret`): whoever may patch the configuration may point it elsewhere, and be shown what is written.",
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
    why: "Holds the Lease that says which replica works.",
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
    why: "Keeps the certificate of the webhook and of the endpoints, which all replicas share; one that is given is only read.",
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
