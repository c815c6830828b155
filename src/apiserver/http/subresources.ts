/**
 * Endpoints that do not store an object of their kind: scale, the end of a namespace, tokens of service
 * accounts, reviews.
 */
import type { AnyObject } from "../../kube/object.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import { isReview } from "../kinds/builtin/index.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { get } from "../reads/index.ts";
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

/** What requests about kinds are answered with. */
export interface ResourceParts {
  readonly server: ServerContext;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly tokens: ServiceAccountTokens;
}

/** The request, as far as an endpoint needs it. */
export interface EndpointCall {
  readonly request: ResourceRequest;
  readonly mediaType: string;
  /** The body, decoded. */
  body(): Promise<unknown>;
}

export interface EndpointAnswer {
  readonly code: number;
  readonly object: AnyObject;
}

type Endpoint = (parts: ResourceParts, call: EndpointCall) => Promise<EndpointAnswer>;

interface Subresource {
  isServed(resource: ServedResource): boolean;
  /** Any other verb is refused (405). */
  readonly verbs: Partial<Record<RequestVerb, Endpoint>>;
}

const ok = ({ object }: { readonly object: AnyObject }): EndpointAnswer => ({ code: 200, object });

/** `status` is not among them: it is a part of the stored object, and the verbs know it. */
const SUBRESOURCES: Readonly<Record<string, Subresource>> = {
  scale: {
    isServed: ({ subresources }) => subresources.scale !== undefined,
    verbs: {
      get: async ({ server }, { request }) => ok(await getScale(server, request)),
      update: async ({ server }, { request, body }) => ok(await updateScale(server, request, await body())),
      patch: async ({ server }, { request, mediaType, body }) =>
        ok(await patchScale(server, request, mediaType, await body())),
    },
  },
  finalize: {
    isServed: ({ lifecycle }) => lifecycle?.specSubresource === "finalize",
    verbs: {
      update: async ({ server }, { request, body }) => ok(await update(server, request, await body())),
    },
  },
  token: {
    isServed: ({ group, plural }) => group === "" && plural === "serviceaccounts",
    verbs: { create: issueToken },
  },
};

/** Undefined: the verbs of the kind answer. @throws StatusError 405 */
export function endpointOf(
  { resource, subresource }: ResourceRequest,
  verb: RequestVerb,
): Endpoint | undefined {
  if (isReview(resource) && verb === "create") return review;
  const found = Object.hasOwn(SUBRESOURCES, subresource) ? SUBRESOURCES[subresource] : undefined;
  if (found?.isServed(resource) !== true) return undefined;
  const endpoint = found.verbs[verb];
  if (endpoint === undefined) throw methodNotAllowed();
  return endpoint;
}

async function review(parts: ResourceParts, { request, body }: EndpointCall): Promise<EndpointAnswer> {
  const { server, authenticator, authorizer } = parts;
  const value = await body();
  const options = readWriteOptions(request, "CreateOptions");
  const asked = await inSteps(request, decodeObject(request, value, options));
  const isOwned = asked.kind !== "SelfSubjectReview" && asked.kind !== "SelfSubjectRulesReview";
  const complete = isOwned
    ? await inSteps(request, withOwners(server, request, asked, undefined, options))
    : asked;
  const nowMs = server.kernel.clock.now();
  const object = answerReview(complete, request.user, { authenticator, authorizer, nowMs });
  if (object === undefined) throw badRequest(`${complete.kind} is not a review`);
  return { code: 201, object };
}

async function issueToken(
  { server, tokens }: ResourceParts,
  { request, body }: EndpointCall,
): Promise<EndpointAnswer> {
  const asked = await body();
  const { store, kernel } = server;
  const { object: account } = await get(server, { ...request, query: new URLSearchParams() });
  const object = answerTokenRequest({ tokens, store, kernel, warn: request.warn }, account, asked);
  return { code: 201, object };
}
