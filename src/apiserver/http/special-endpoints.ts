/** Endpoints that are not the storage of a kind: reviews, scale, tokens of service accounts, the end of a namespace. */
import type { AnyObject } from "../../kube/object.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import { isReview } from "../kinds/builtin/index.ts";
import { get, type View } from "../reads/index.ts";
import { badRequest, methodNotAllowed } from "../status-error.ts";
import { inSteps } from "../steps.ts";
import {
  decodeObject,
  getScale,
  patchScale,
  readWriteOptions,
  update,
  updateScale,
  withOwners,
} from "../writes/index.ts";
import {
  type Authenticator,
  type Authorizer,
  answerReview,
  answerTokenRequest,
  type ServiceAccountTokens,
} from "./auth/index.ts";
import type { RequestVerb } from "./request-info.ts";

export interface SpecialContext {
  readonly server: ServerContext;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly tokens: ServiceAccountTokens;
}

export interface SpecialAnswer {
  readonly code: number;
  readonly object: AnyObject;
}

interface Body {
  readonly mediaType: string;
  read(): Promise<unknown>;
}

/** Undefined: this is an ordinary endpoint. */
export async function answerSpecial(
  context: SpecialContext,
  request: ResourceRequest,
  verb: RequestVerb,
  body: Body,
): Promise<SpecialAnswer | undefined> {
  const { resource, subresource } = request;
  const { server } = context;
  if (isReview(resource) && verb === "create") return reviewed(context, request, await body.read());
  if (subresource === "scale" && resource.subresources.scale !== undefined) {
    return { code: 200, object: (await scaled(server, request, verb, body)).object };
  }
  if (resource.group !== "") return undefined;
  if (resource.plural === "namespaces" && subresource === "finalize") {
    if (verb !== "update") throw methodNotAllowed();
    return { code: 200, object: (await update(server, request, await body.read())).object };
  }
  if (resource.plural === "serviceaccounts" && subresource === "token") {
    if (verb !== "create") throw methodNotAllowed();
    return issueToken(context, request, await body.read());
  }
  return undefined;
}

async function scaled(
  server: ServerContext,
  request: ResourceRequest,
  verb: RequestVerb,
  body: Body,
): Promise<View> {
  switch (verb) {
    case "get":
      return getScale(server, request);
    case "update":
      return updateScale(server, request, await body.read());
    case "patch":
      return patchScale(server, request, body.mediaType, await body.read());
    default:
      throw methodNotAllowed();
  }
}

async function reviewed(
  context: SpecialContext,
  request: ResourceRequest,
  body: unknown,
): Promise<SpecialAnswer> {
  const options = readWriteOptions(request, "CreateOptions");
  const asked = await inSteps(request, decodeObject(request, body, options));
  const isOwned = asked.kind !== "SelfSubjectReview" && asked.kind !== "SelfSubjectRulesReview";
  const review = isOwned
    ? await inSteps(request, withOwners(context.server, request, asked, undefined, options))
    : asked;
  const { authenticator, authorizer } = context;
  const nowMs = context.server.kernel.clock.now();
  const object = answerReview(review, request.user, { authenticator, authorizer, nowMs });
  if (object === undefined) throw badRequest(`${review.kind} is not a review`);
  return { code: 201, object };
}

async function issueToken(
  context: SpecialContext,
  request: ResourceRequest,
  body: unknown,
): Promise<SpecialAnswer> {
  const { store, kernel } = context.server;
  const { object: account } = await get(context.server, { ...request, query: new URLSearchParams() });
  const { tokens } = context;
  const object = answerTokenRequest({ tokens, store, kernel, warn: request.warn }, account, body);
  return { code: 201, object };
}
