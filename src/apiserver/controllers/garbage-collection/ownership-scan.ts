/**
 * Finds, at start-up, the objects that concern the garbage collector: those with owners and those being deleted.
 */

import type { Clock } from "../../../kernel/index.ts";
import type { AnyObject, ObjectMeta } from "../../../kube/object.ts";
import type { ObjectAddress, Store, StoredObject } from "../../store/index.ts";

/** Objects that are checked at once, before other work runs. */
const SLICE = 500;

/**
 * Objects that change while the scan goes on are left out: their changes come in by the watch.
 */
export async function scanOwnership(
  store: Store,
  clock: Clock,
  found: (address: ObjectAddress, metadata: ObjectMeta) => void,
): Promise<void> {
  let looked = 0;
  for (const kind of store.kinds()) {
    const list = store.list(kind, {});
    if (!list.ok) continue;
    for (const stored of list.value.items) {
      if (++looked % SLICE === 0) await new Promise<void>((resolve) => clock.setTimer(0, resolve));
      if (store.get(stored)?.revision !== stored.revision) continue;
      const metadata = interestingMetadata(stored);
      if (metadata !== undefined) found(stored, metadata);
    }
  }
}

/**
 * Most objects are still the text that was read from disk. The text shows which ones can matter, and those
 * are parsed in passing: keeping the parsed form of everything would take more memory than the texts do.
 */
function interestingMetadata(stored: StoredObject): ObjectMeta | undefined {
  const text = stored.json();
  if (!text.includes('"ownerReferences":') && !text.includes('"deletionTimestamp":')) return undefined;
  return (JSON.parse(text) as AnyObject).metadata;
}
