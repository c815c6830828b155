/**
 * Keeps what is written of one cluster from being written under the name of another: the first write of a cluster puts down
 * who it is, by the UID of its namespace kube-system, and every further one has to be of the same.
 */
import { ApiError, type KubeClient, type KubeObject, type Resource } from "../../client/index.ts";
import { identityFault, type Ledger, LedgerError } from "../ledger/index.ts";

const NAMESPACES: Resource<KubeObject> = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
};

const IDENTIFYING_NAMESPACE = "kube-system";

/** What the client throws is passed on; a cluster that does not say is a sentence with the cure. */
export async function readClusterUid(client: KubeClient): Promise<string> {
  try {
    const { metadata } = await client.get(NAMESPACES, { name: IDENTIFYING_NAMESPACE });
    if (metadata.uid !== undefined && metadata.uid !== "") return metadata.uid;
  } catch (error) {
    if (!(error instanceof ApiError) || (error.code !== 403 && error.code !== 404)) throw error;
  }
  throw new LedgerError(
    "refused",
    `the namespace ${IDENTIFYING_NAMESPACE} cannot be read, by whose UID the ledger knows this cluster; allow \`get\` of it to this user, as deploy/load-balancers/rbac.yaml does.`,
  );
}

/** Undefined: it may be written under this name, or this is unknown for now. Else why not, in a sentence with the cure. */
export async function clusterFault(
  ledger: Ledger,
  client: KubeClient,
  name: string,
): Promise<string | undefined> {
  const known = await ledger.clusters();
  if (known.length === 0) return undefined;
  const uid = await readClusterUid(client).catch(() => undefined);
  return uid === undefined ? undefined : identityFault(known, name, uid);
}

/** The ledger, whose writes are those of this cluster alone. */
export function identifiedLedger(ledger: Ledger, client: KubeClient, name: string): Ledger {
  let claimed = false;
  /** Undefined: the cluster does not answer, so what is written now is not from it. */
  const uidIfItAnswers = () =>
    readClusterUid(client).catch((error: unknown) => {
      if (error instanceof LedgerError) throw error;
      return undefined;
    });
  return new Proxy(ledger, {
    get(target, property) {
      if (property !== "write") {
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      const write: Ledger["write"] = async (stamp, work) => {
        const uid = claimed ? undefined : await uidIfItAnswers();
        const value = await target.write({ cluster: name, ...stamp }, async (writer) => {
          if (uid !== undefined) await writer.claimCluster(name, uid);
          return work(writer);
        });
        claimed ||= uid !== undefined;
        return value;
      };
      return write;
    },
  });
}
