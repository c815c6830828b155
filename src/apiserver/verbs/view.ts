/**
 * Between the form in which an object is stored and the form in which one version of its kind shows it. In the
 * common case they are the same, and then the stored JSON text goes out as it is.
 */
import type { AnyObject } from "../../api/object.ts";
import { apiVersionOf } from "../registry.ts";
import type { ServedResource } from "../resource.ts";
import type { StoredObject } from "../store/index.ts";

/** An object as a client sees it. */
export interface View {
  readonly object: AnyObject;
  /** `JSON.stringify(object)`, made at most once. */
  json(): string;
}

export function viewOfObject(object: AnyObject): View {
  let text: string | undefined;
  return {
    object,
    json: () => {
      text ??= JSON.stringify(object);
      return text;
    },
  };
}

const converted = new WeakMap<StoredObject, Map<ServedResource, View>>();

export function viewOf(resource: ServedResource, stored: StoredObject): View {
  const sameVersion =
    resource.conversion === undefined && resource.storageApiVersion === apiVersionOf(resource);
  const defaulted = stored.revision > (resource.schemaRevision ?? 0);
  if (sameVersion && defaulted) return stored;
  const views = converted.get(stored) ?? new Map<ServedResource, View>();
  converted.set(stored, views);
  const view = views.get(resource) ?? viewOfObject(shownForm(resource, stored.object));
  views.set(resource, view);
  return view;
}

/** The schema may have changed since the object was written: what it lost is shown no more, what it gained has defaults. */
function shownForm(resource: ServedResource, object: AnyObject): AnyObject {
  const shown = resource.conversion?.fromStorage(object) ?? object;
  const { object: known } = resource.rules.prune({ ...shown, apiVersion: apiVersionOf(resource) });
  return resource.rules.applyDefaults(known);
}

export function storedForm(resource: ServedResource, object: AnyObject): AnyObject {
  const stored = resource.conversion?.toStorage(object) ?? object;
  if (stored.apiVersion === resource.storageApiVersion) return stored;
  return { ...stored, apiVersion: resource.storageApiVersion };
}
