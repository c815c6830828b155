/** Requests to endpoints of kinds: from path and query to a verb, and from its result to an answer. */

import { defined } from "../../kernel/index.ts";
import { LARGE_BYTES, type ResourceRequest, type ServerContext, type User } from "../context.ts";
import type { Registry } from "../kinds/registry.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { get, list } from "../reads/index.ts";
import {
  methodNotAllowed,
  noSuchEndpoint,
  unsupportedMediaType,
  unsupportedPatchType,
} from "../status-error.ts";
import {
  create,
  type DeleteAnswer,
  patch,
  readDeleteOptions,
  remove,
  removeCollection,
  reportRemarks,
  update,
} from "../writes/index.ts";
import type { Topic } from "./audit.ts";
import { givenBody, mediaTypeOf, parseBody } from "./body.ts";
import { readIncludeObject } from "./include-object.ts";
import type { OpenWatches } from "./open-watches.ts";
import type { RequestVerb, ResourcePath } from "./request-info.ts";
import { whileOpen } from "./request-lifetime.ts";
import { type Exchange, type Sent, sendObject, sendShared } from "./respond.ts";
import { endpointOf, type ResourceParts } from "./subresources.ts";
import { type Answered, sendList, sendView } from "./views.ts";
import { serveWatch } from "./watch-stream.ts";

export interface ResourceCall {
  readonly exchange: Exchange;
  readonly path: ResourcePath;
  readonly resource: ServedResource;
  readonly verb: RequestVerb;
  readonly query: URLSearchParams;
  readonly user: User;
  readonly topic: Topic;
}

export function findResource(registry: Registry, path: ResourcePath): ServedResource | undefined {
  const resource = registry.find(path.group, path.version, path.plural);
  if (resource === undefined) return undefined;
  if (!resource.namespaced && path.namespace !== "") return undefined;
  return resource;
}

export async function handleResource(
  parts: ResourceParts,
  call: ResourceCall,
  open: OpenWatches,
): Promise<void> {
  const { exchange, verb, resource } = call;
  const { server } = parts;
  const request = requestOf(call);
  if (resource.deprecationWarning !== undefined) request.warn(resource.deprecationWarning);
  const mediaType = mediaTypeOf(exchange.request);
  const endpoint = endpointOf(request, verb);
  if (endpoint !== undefined) {
    const { code, object } = await endpoint(parts, { request, mediaType, body: () => bodyOf(call, server) });
    return sendObject(exchange, code, object);
  }
  checkEndpoint(call);
  // What is wrong with the form of the answer is said before anything is done.
  if (exchange.form.as === "table") readIncludeObject(request.query);
  const answered: Answered = { server, request, exchange };
  switch (verb) {
    case "get":
      return sendView(answered, 200, await get(server, request));
    case "list":
      return sendList(answered, await list(server, request));
    case "watch":
      return serveWatch(server, watchOfOne(request), exchange, open);
    case "delete": {
      const options = readDeleteOptions(request.query, await bodyOf(call, server));
      return sendDeleted(answered, await done(call, remove(server, request, options)));
    }
    case "deletecollection": {
      const options = readDeleteOptions(request.query, await bodyOf(call, server));
      return sendList(answered, await removeCollection(server, request, options));
    }
  }
  const body = await bodyOf(call, server, request);
  switch (verb) {
    case "create": {
      const view = await done(call, create(server, request, body));
      call.topic.createdName = view.object.metadata.name;
      return sendView(answered, 201, view);
    }
    case "update":
      return sendView(answered, 200, await done(call, update(server, request, body)));
    case "patch": {
      const { created, view } = await done(call, patch(server, request, mediaType, body));
      return sendView(answered, created ? 201 : 200, view);
    }
  }
}

/** One commit is the end of many writes: they are answered in turn. */
async function done<T>({ exchange }: ResourceCall, write: Promise<T>): Promise<T> {
  const result = await write;
  const turn = exchange.ticket.giveWay();
  if (turn !== undefined) await turn;
  return result;
}

/** @throws StatusError 404, 405 */
function checkEndpoint({ path, resource, verb }: ResourceCall): void {
  const named = resource.builtin ? undefined : resource;
  if (path.subresource !== "") {
    const known = path.subresource === "status" && resource.subresources.status;
    if (!known) throw noSuchEndpoint(named, path.name);
    if (!["get", "update", "patch"].includes(verb)) throw methodNotAllowed(named);
    return;
  }
  if (!resource.verbs.some((served) => served === verb)) throw methodNotAllowed(named);
  const one = verb === "get" || verb === "update" || verb === "patch" || verb === "delete";
  if (one && path.name === "") throw methodNotAllowed(named);
  if (verb === "create" && path.name !== "") throw methodNotAllowed(named);
  const acrossNamespaces = resource.namespaced && path.namespace === "";
  if (acrossNamespaces && (verb === "create" || verb === "deletecollection")) throw methodNotAllowed(named);
}

function requestOf(call: ResourceCall): ResourceRequest {
  const { path, resource, query, user, exchange } = call;
  return {
    resource,
    namespace: path.namespace,
    name: path.name,
    subresource: path.subresource,
    query,
    user,
    userAgent: exchange.request.headers["user-agent"] ?? "",
    warn: (message) => exchange.warnings.add(message),
    giveWay: () => exchange.ticket.giveWay(),
    isLarge: Number(exchange.request.headers["content-length"] ?? LARGE_BYTES) >= LARGE_BYTES,
  };
}

/** `GET …/NAME?watch=true` is a watch of the collection for that name. */
function watchOfOne(request: ResourceRequest): ResourceRequest {
  if (request.name === "") return request;
  const query = new URLSearchParams(request.query);
  const selectors = [query.get("fieldSelector") ?? "", `metadata.name=${request.name}`];
  query.set("fieldSelector", selectors.filter((selector) => selector !== "").join(","));
  return { ...request, query };
}

const NO_BODY = Promise.resolve(Buffer.alloc(0));

async function bodyOf(
  { exchange }: ResourceCall,
  { kernel }: ServerContext,
  written?: ResourceRequest,
): Promise<unknown> {
  const { request, ticket, inProcess } = exchange;
  if (inProcess !== undefined) return givenBody(request, inProcess.body);
  const body = await whileOpen(exchange, exchange.readBody?.(() => ticket.giveWay()) ?? NO_BODY);
  if (body.length === 0) return undefined;
  await ticket.giveWay();
  const worker = { giveWay: () => ticket.giveWay(), isLarge: body.length >= LARGE_BYTES };
  const refuse = request.method === "PATCH" ? unsupportedPatchType : unsupportedMediaType;
  const { value, remarks } = await parseBody(body, mediaTypeOf(request), {
    clock: kernel.clock,
    worker,
    refuse,
  });
  if (written !== undefined) reportRemarks(written, remarks);
  return value;
}

function sendDeleted({ request, exchange }: Answered, answer: DeleteAnswer): Sent {
  if (!answer.done) return sendShared(exchange, 200, answer.view);
  const { group, plural } = request.resource;
  return sendObject(exchange, 200, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name: request.name, ...defined({ group: group || undefined }), kind: plural, uid: answer.uid },
  });
}
