/**
 * The ticket of each Subnet: the revision of the write that last made it a candidate for allocation
 * (`docs/allocation-protocol.md#tickets`). Fed by the cache's deltas, before any controller runs.
 *
 * A ticket is known only when that write was seen on a watch. After a list the order of what is there is unknown,
 * and the ticket is `undefined`: by rule 5 an unknown order loses.
 */
import type { Subnet } from "../../api/index.ts";
import { type CacheDelta, objectKey } from "../../runtime/index.ts";

function identityChanged(old: Subnet, current: Subnet): boolean {
  return old.spec.cidr !== current.spec.cidr || old.spec.poolRef !== current.spec.poolRef;
}

/** Whether this update makes the Subnet a candidate again: revived, or with another request than before. */
function becomesCandidate(old: Subnet, current: Subnet): boolean {
  const revived = old.status?.phase === "Failed" && current.status?.phase !== "Failed";
  return revived || identityChanged(old, current);
}

export class TicketBook {
  /** Only known tickets. */
  readonly #tickets = new Map<string, string>();

  apply(delta: CacheDelta<Subnet>): void {
    if (delta.type === "deleted") {
      this.#tickets.delete(objectKey(delta.old));
      return;
    }
    const key = objectKey(delta.new);
    const revision = delta.new.metadata.resourceVersion;
    if (delta.origin === "list" || revision === undefined) {
      // Whatever happened between the last event and the list happened unseen, a revival included.
      this.#tickets.delete(key);
    } else if (delta.type === "added" || becomesCandidate(delta.old, delta.new)) {
      this.#tickets.set(key, revision);
    }
  }

  ticketOf(subnet: Subnet): string | undefined {
    return this.#tickets.get(objectKey(subnet));
  }
}
