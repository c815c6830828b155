/** How the controllers inside the server change objects: as any client does, with the rights of the server itself. */
import type { ObjectMeta } from "../../kube/object.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { StatusError } from "../status-error.ts";
import type { ObjectAddress } from "../store/index.ts";
import { remove } from "./delete.ts";
import type { PropagationPolicy } from "./deletion-state.ts";
import { changeObject } from "./update.ts";
import { readWriteOptions } from "./write-options.ts";

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

/** A request that the server makes of itself. */
export function ownRequest(
  resource: ServedResource,
  address: { readonly namespace?: string; readonly name?: string } = {},
): ResourceRequest {
  return {
    resource,
    namespace: address.namespace ?? "",
    name: address.name ?? "",
    subresource: "",
    query: new URLSearchParams(),
    user: { username: "system:apiserver", groups: ["system:masters"] },
    userAgent: "apiserver",
    warn: () => undefined,
  };
}

/** The object is gone, or another one has its name. */
class ChangedError extends Error {}

export function createObjectWriter(context: ServerContext): ObjectWriter {
  const requestFor = (address: ObjectAddress): ResourceRequest => {
    const resource = context.registry.findStorage(address.kind);
    if (resource === undefined) throw new Error(`${address.kind} is not served at the moment`);
    return ownRequest(resource, address);
  };
  return {
    delete: (address, options) =>
      outcomeOf(remove(context, requestFor(address), { dryRun: false, ...options })),
    updateMetadata: (address, uid, change) => {
      const request = requestFor(address);
      const options = readWriteOptions(request, "UpdateOptions");
      const changed = changeObject(
        context,
        request,
        (current) => {
          if (current.metadata.uid !== uid) throw new ChangedError();
          return { ...current, metadata: change(current.metadata) };
        },
        options,
      );
      return outcomeOf(changed);
    },
  };
}

async function outcomeOf(write: Promise<unknown>): Promise<ObjectWriteOutcome> {
  try {
    await write;
    return "done";
  } catch (error) {
    const isChanged = error instanceof StatusError && (error.code === 404 || error.code === 409);
    if (isChanged || error instanceof ChangedError) return "changed";
    throw error;
  }
}
