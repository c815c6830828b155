/**
 * Between the form in which an object is stored and the form in which one version of its kind shows it. In the
 * common case they are the same, and then the stored JSON text goes out as it is.
 */

import { assert } from "../../kernel/index.ts";
import { freezeJson } from "../../kube/json.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { ServerContext } from "../context.ts";
import { apiVersionOf } from "../kinds/registry.ts";
import type { ServedResource } from "../kinds/resource.ts";
import type { StoredObject } from "../store/index.ts";

/** An object as a client sees it. */
export interface View {
  readonly object: AnyObject;
  /** `JSON.stringify(object)`. */
  json(): string;
  /** `object`, frozen, for a client in this process to keep. See {@link StoredObject.shared}. */
  shared(before?: StoredObject): AnyObject;
}

export function viewOfObject(object: AnyObject): View {
  let text: string | undefined;
  return {
    object,
    json: () => {
      text ??= JSON.stringify(object);
      return text;
    },
    shared: () => freezeJson(object),
  };
}

const converted = new WeakMap<StoredObject, Map<ServedResource, View>>();

/**
 * Has the webhook of the kind convert what is stored in another version, so that {@link viewOf} can show it. Undefined:
 * there is nothing to wait for. Rejects with StatusError 500.
 */
export function prepareViews(
  { converter }: Pick<ServerContext, "converter">,
  resource: ServedResource,
  stored: readonly StoredObject[],
): Promise<void> | undefined {
  if (resource.conversionWebhook === undefined) return undefined;
  const open = stored.filter((each) => isForeign(resource, each) && !converted.get(each)?.has(resource));
  if (open.length === 0) return undefined;
  const objects = open.map(({ object }) => object);
  return converter.convert(resource, objects, apiVersionOf(resource)).then((shown) => {
    for (const [i, each] of open.entries()) {
      const views = converted.get(each) ?? new Map<ServedResource, View>();
      converted.set(each, views.set(resource, viewOfObject(known(resource, shown[i] as AnyObject))));
    }
  });
}

/** An object as this version shows it, converted by its webhook where it has one. */
export async function shownView(
  context: Pick<ServerContext, "converter">,
  resource: ServedResource,
  stored: StoredObject,
): Promise<View> {
  await prepareViews(context, resource, [stored]);
  return viewOf(resource, stored);
}

/** Whether only the webhook knows what this version shows of it. */
function isForeign(resource: ServedResource, { object }: StoredObject): boolean {
  return resource.conversionWebhook !== undefined && object.apiVersion !== apiVersionOf(resource);
}

/** See {@link prepareViews}. */
export function viewOf(resource: ServedResource, stored: StoredObject): View {
  const sameVersion =
    resource.conversion === undefined &&
    resource.storageApiVersion === apiVersionOf(resource) &&
    !isForeign(resource, stored);
  const defaulted = stored.revision > (resource.schemaRevision ?? 0);
  if (sameVersion && defaulted) return stored;
  const views = converted.get(stored) ?? new Map<ServedResource, View>();
  converted.set(stored, views);
  const prepared = views.get(resource);
  assert(
    prepared !== undefined || !isForeign(resource, stored),
    "an object is shown before it is converted",
    {
      apiVersion: stored.object.apiVersion,
    },
  );
  const view = prepared ?? viewOfObject(shownForm(resource, stored.object));
  views.set(resource, view);
  return view;
}

function shownForm(resource: ServedResource, object: AnyObject): AnyObject {
  const shown = resource.conversion?.fromStorage(object) ?? object;
  return known(resource, { ...shown, apiVersion: apiVersionOf(resource) });
}

/** The schema may have changed since the object was written: what it lost is shown no more, what it gained has defaults. */
function known({ rules }: ServedResource, object: AnyObject): AnyObject {
  return rules.applyDefaults(rules.prune(object).object);
}

/** An object as it is stored. Rejects with StatusError 500 when its webhook does not convert it. */
export async function storedForm(
  { converter, registry }: Pick<ServerContext, "converter" | "registry">,
  resource: ServedResource,
  object: AnyObject,
): Promise<AnyObject> {
  const { conversionWebhook, storageApiVersion } = resource;
  const stored = resource.conversion?.toStorage(object) ?? object;
  if (stored.apiVersion === storageApiVersion) return stored;
  if (conversionWebhook === undefined) return { ...stored, apiVersion: storageApiVersion };
  const [converted] = await converter.convert(resource, [stored], storageApiVersion);
  const { group, plural } = resource;
  const storage = registry.find(group, storageApiVersion.slice(storageApiVersion.indexOf("/") + 1), plural);
  return storage === undefined ? (converted as AnyObject) : known(storage, converted as AnyObject);
}
