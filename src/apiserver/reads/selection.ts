/** Which objects of a kind a request is about: the selectors of a list, a watch, or a deletion of a collection. */
import type { AnyObject } from "../../kube/object.ts";
import type { ResourceRequest } from "../context.ts";
import { type FieldSelector, parseFieldSelector } from "./field-selector.ts";
import { parseLabelSelector } from "./label-selector.ts";

export interface Selection {
  /** Whether there is nothing to look at: then objects need not even be parsed. */
  readonly all: boolean;
  matches(object: AnyObject): boolean;
  readonly fields: FieldSelector | undefined;
}

/** @throws StatusError 400 */
export function readSelection(request: ResourceRequest): Selection {
  const labels = parseLabelSelector(request.query.get("labelSelector"));
  const fields = parseFieldSelector(request.resource, request.query.get("fieldSelector"));
  return {
    all: labels === undefined && fields === undefined,
    matches: (object) => (labels?.(object.metadata.labels) ?? true) && (fields?.matches(object) ?? true),
    fields,
  };
}
