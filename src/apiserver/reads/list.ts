/**
 * GET of a collection: all of it, or page by page at one revision.
 *
 * A continue token holds the revision of the first page and the last object sent. When that revision has been
 * compacted, the answer is 410 with a token that goes on at the newest revision, for clients that prefer that.
 */

import { defined } from "../../kernel/index.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import { forbidden as forbiddenField } from "../kinds/schema/causes.ts";
import { isJsonObject } from "../kinds/schema/json-value.ts";
import { badRequest, expired, invalid, invalidOptions, type StatusError } from "../status-error.ts";
import type { StoredObject } from "../store/index.ts";
import { parseRevision, reach } from "./revision.ts";
import { readSelection, type Selection } from "./selection.ts";
import { prepareViews, shownView, type View, viewOf } from "./view.ts";

export interface ListAnswer {
  readonly revision: number;
  readonly items: readonly View[];
  readonly continue?: string;
  readonly remaining?: number;
}

interface Position {
  /** Undefined: the newest. */
  readonly revision: number | undefined;
  readonly after?: { readonly namespace: string; readonly name: string };
}

/** How many objects are read at once when a selector may drop most of them. */
const SCAN_SIZE = 5_000;

export async function list(context: ServerContext, request: ResourceRequest): Promise<ListAnswer> {
  const selection = readSelection(request);
  const limit = Math.max(0, readNumber(request, "limit"));
  readNumber(request, "timeoutSeconds");
  const position = await readPosition(context, request, limit);
  if (selection.fields?.name !== undefined && request.namespace !== "" && position.revision === undefined) {
    return listOne(context, request, selection, selection.fields.name);
  }
  return collect(context, request, selection, position, limit);
}

/** 0 when it is not there. */
function readNumber({ query }: ResourceRequest, name: string): number {
  const text = query.get(name) ?? "";
  if (!/^-?\d*$/.test(text)) {
    throw badRequest(`${name}: Invalid value: ${JSON.stringify(text)}: must be a number`);
  }
  return Number(text) || 0;
}

async function readPosition(
  context: ServerContext,
  request: ResourceRequest,
  limit: number,
): Promise<Position> {
  const { query } = request;
  const token = query.get("continue") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const revision = parseRevision(query.get("resourceVersion"));
  if (query.has("sendInitialEvents")) {
    throw invalidOptions(
      "ListOptions",
      "sendInitialEvents",
      "Forbidden: sendInitialEvents is forbidden for list",
    );
  }
  if (match !== "") checkMatch(match, revision, token);
  if (token !== "") {
    if (revision !== undefined && revision !== 0) {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    return decodeToken(token);
  }
  if (revision === undefined || revision === 0) return { revision: undefined };
  await reach(context.store, context.kernel, revision);
  // A revision with a limit and nothing else meant exactly that revision, before resourceVersionMatch came to be.
  const exact = match === "Exact" || (match === "" && limit > 0);
  return { revision: exact ? revision : undefined };
}

function checkMatch(match: string, revision: number | undefined, token: string): void {
  const refuse = (why: string) => {
    const options = { group: "meta.k8s.io", plural: "listoptions", kind: "ListOptions" };
    return invalid(options, "", [forbiddenField("resourceVersionMatch", why)]);
  };
  if (revision === undefined) {
    throw refuse("resourceVersionMatch is forbidden unless resourceVersion is provided");
  }
  if (token !== "") throw refuse("resourceVersionMatch is forbidden when continue is provided");
  if (match !== "Exact" && match !== "NotOlderThan") {
    const message = `Unsupported value: "${match}": supported values: "Exact", "NotOlderThan", ""`;
    throw invalidOptions("ListOptions", "resourceVersionMatch", message);
  }
  if (match === "Exact" && revision === 0) {
    throw refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
}

async function listOne(
  context: ServerContext,
  request: ResourceRequest,
  selection: Selection,
  name: string,
): Promise<ListAnswer> {
  const { resource, namespace } = request;
  const stored = context.store.get({ kind: resource.storage, namespace, name });
  const view = stored === undefined ? undefined : await shownView(context, resource, stored);
  const items = view !== undefined && selection.matches(view.object) ? [view] : [];
  return { revision: context.store.revision, items };
}

/** How many objects are read before other work may run. */
const GIVE_WAY_AFTER = 16;

async function collect(
  context: ServerContext,
  request: ResourceRequest,
  selection: Selection,
  position: Position,
  limit: number,
): Promise<ListAnswer> {
  const items: View[] = [];
  let { revision, after } = position;
  for (;;) {
    const page = readPage(context, request, revision, after, sizeOfPage(selection, limit, items.length));
    revision = page.revision;
    await prepareViews(context, request.resource, page.items);
    for (let i = 0; i < page.items.length; i++) {
      const stored = page.items[i] as StoredObject;
      if (i % GIVE_WAY_AFTER === GIVE_WAY_AFTER - 1) await request.giveWay?.();
      const view = viewOf(request.resource, stored);
      if (!selection.all && !selection.matches(view.object)) continue;
      items.push(view);
      const left = page.items.length - 1 - i + page.remaining;
      if (items.length === limit && left > 0) {
        const remaining = selection.all ? { remaining: left } : {};
        return { revision, items, continue: encodeToken(revision, stored), ...remaining };
      }
    }
    const last = page.items.at(-1);
    if (page.remaining === 0 || last === undefined) return { revision, items };
    after = last;
  }
}

/**
 * 0: all that there is. Without a limit the whole collection is taken at once, since its revision may be compacted while
 * it is looked through.
 */
function sizeOfPage(selection: Selection, limit: number, found: number): number {
  if (limit === 0) return 0;
  return selection.all ? limit - found : SCAN_SIZE;
}

function readPage(
  context: ServerContext,
  request: ResourceRequest,
  revision: number | undefined,
  after: Position["after"],
  limit: number,
) {
  const page = context.store.list(request.resource.storage, {
    ...defined({
      namespace: request.namespace || undefined,
      revision,
      after: after === undefined ? undefined : { namespace: after.namespace, name: after.name },
      limit: limit === 0 ? undefined : limit,
    }),
  });
  if (page.ok) return page.value;
  if (after === undefined) throw expired("The resourceVersion for the provided list is too old.");
  throw expiredToken(after);
}

function encodeToken(revision: number, last: Pick<StoredObject, "namespace" | "name">): string {
  const token = { v: "meta.k8s.io/v1", rv: revision, ns: last.namespace, start: last.name };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** A token without a revision goes on at the newest one. */
const NEWEST = -1;

function decodeToken(text: string): Position {
  let token: unknown;
  try {
    token = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    token = undefined;
  }
  if (
    !isJsonObject(token) ||
    token.v !== "meta.k8s.io/v1" ||
    !(token.rv === NEWEST || (Number.isSafeInteger(token.rv) && Number(token.rv) > 0)) ||
    typeof token.start !== "string" ||
    typeof token.ns !== "string"
  ) {
    throw badRequest("continue key is not valid: the token was not made by this server");
  }
  const after = { namespace: token.ns, name: token.start };
  return { revision: token.rv === NEWEST ? undefined : Number(token.rv), after };
}

function expiredToken(after: { readonly namespace: string; readonly name: string }): StatusError {
  const message =
    "The provided continue parameter is too old to display a consistent list result. You can start a new list " +
    "without the continue parameter, or use the continue token in this response to retrieve the remainder of the " +
    "results. Continuing with the provided token results in an inconsistent list - objects that were created, " +
    "modified, or deleted between the time the first chunk was returned and now may show up in the list.";
  return expired(message).withMetadata({ continue: encodeToken(NEWEST, after) });
}
