/**
 * How the controllers inside the server change objects. The serving side hands it in, so that admission, finalizers and
 * managed fields are those of any other client; what finalizers mean is known in `verbs/` alone.
 */
import type { ObjectMeta } from "../../api/object.ts";
import type { ObjectAddress } from "../store/index.ts";

export type PropagationPolicy = "Background" | "Foreground" | "Orphan";

/**
 * `changed`: the object is gone, or is not the one that was meant any more; nothing was done.
 * Every other refusal is thrown, and tried again later.
 */
export type ObjectWriteOutcome = "done" | "changed";

export interface ObjectWriter {
  /** DELETE with preconditions. */
  delete(
    address: ObjectAddress,
    options: {
      readonly uid: string;
      readonly resourceVersion?: string;
      readonly propagationPolicy: PropagationPolicy;
    },
  ): Promise<ObjectWriteOutcome>;
  /**
   * Update of `metadata`, with retry on conflict: `change` gets the newest metadata. An object that is being deleted
   * and has lost its last finalizer goes.
   */
  updateMetadata(
    address: ObjectAddress,
    uid: string,
    change: (metadata: ObjectMeta) => ObjectMeta,
  ): Promise<ObjectWriteOutcome>;
}
