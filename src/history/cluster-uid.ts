/** By what the record knows a cluster: the UID of its namespace kube-system. */
import { LedgerError } from "../balancers/ledger/failure.ts";
import { ApiError, type KubeClient } from "../client/index.ts";
import { NAMESPACES } from "../kube/index.ts";

/** What the client throws is passed on; a cluster that does not show it is a sentence with the cure. */
export async function readClusterUid(client: KubeClient): Promise<string> {
  try {
    const { metadata } = await client.get(NAMESPACES, { name: "kube-system" });
    if (metadata.uid !== undefined && metadata.uid !== "") return metadata.uid;
  } catch (error) {
    if (!(error instanceof ApiError) || (error.code !== 403 && error.code !== 404)) throw error;
  }
  throw new LedgerError(
    "refused",
    "the namespace kube-system cannot be read, by whose UID the history identifies this cluster; grant `get` of it, as `plexaubnet install` does.",
  );
}
