/** The JSON API: which path is answered by what (`answers.ts`). */
import { SUBNET_CLAIMS } from "../../api/index.ts";
import { formatPrefix, hostPrefix } from "../../ipam/index.ts";
import type { Result } from "../../kernel/index.ts";
import { readEventsOf } from "../../operator/index.ts";
import { keyOf } from "../../runtime/index.ts";
import type { Sees, Viewer } from "../access/viewer.ts";
import type {
  CreateClaimAnswer,
  CreateClaimRequest,
  ObjectKind,
  PoolSort,
  WhatIfRequest,
} from "../answers.ts";
import type { ConsoleParts } from "../parts.ts";
import { atAnswer } from "../read/at.ts";
import { type ClaimSort, claimsAnswer } from "../read/claims.ts";
import { type Fault, invalid, notFound } from "../read/fault.ts";
import { freeAnswer } from "../read/free.ts";
import { trendOf } from "../read/growth.ts";
import { healthAnswer } from "../read/health.ts";
import { mapAnswer, noPool } from "../read/map.ts";
import { findObject, KINDS, objectAnswer } from "../read/object.ts";
import { poolsAnswer } from "../read/pools.ts";
import { searchAnswer } from "../read/search.ts";
import { sessionAnswer } from "../read/session.ts";
import { claimOf, whatIf } from "../read/what-if.ts";
import { readClaimRequest } from "./claim-body.ts";
import { FaultError, type Query } from "./query.ts";

export interface ApiRequest {
  readonly parts: ConsoleParts;
  readonly viewer: Viewer;
  readonly sees: Sees;
  readonly query: Query;
  /** What follows the path of the route: an ID. */
  readonly rest: string;
  /** Of a `POST`: the parsed JSON. */
  readonly body: unknown;
}

export interface ApiRoute {
  readonly method: "GET" | "POST";
  /** With a slash at its end: a prefix. */
  readonly path: string;
  /** Answers without the objects being listed. */
  readonly isEarly?: true;
  readonly code?: number;
  readonly answer: (request: ApiRequest) => object | Promise<object>;
}

const MOST_ROWS = 500;
const USUAL_ROWS = 200;
const POOL_SORTS: readonly PoolSort[] = [
  "address",
  "name",
  "use",
  "blocks",
  "free",
  "fragmentation",
  "waiting",
  "full",
];
const CLAIM_SORTS: readonly ClaimSort[] = ["since", "name", "pool", "reason"];
const ORDERS = ["asc", "desc"] as const;

export const API_ROUTES: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/session",
    isEarly: true,
    answer: ({ parts, viewer, sees }) => sessionAnswer(parts, viewer, sees),
  },
  { method: "GET", path: "/api/health", isEarly: true, answer: health },
  { method: "GET", path: "/api/pools", answer: pools },
  { method: "GET", path: "/api/map", answer: map },
  { method: "GET", path: "/api/at", answer: at },
  { method: "GET", path: "/api/object", answer: object },
  {
    method: "GET",
    path: "/api/search",
    answer: ({ parts, query, sees }) => searchAnswer(parts.fleet, query.text("q") ?? "", sees),
  },
  { method: "GET", path: "/api/claims", answer: claims },
  { method: "GET", path: "/api/activity", answer: activity },
  { method: "GET", path: "/api/free", answer: free },
  { method: "GET", path: "/api/trend", answer: trend },
  { method: "POST", path: "/api/what-if", answer: tryClaim },
  { method: "POST", path: "/api/claims", code: 201, answer: createClaim },
  { method: "GET", path: "/api/balancers", answer: ({ parts, viewer }) => parts.balancers.answer(viewer) },
  { method: "GET", path: "/api/incidents", answer: ({ parts, viewer }) => parts.balancers.incidents(viewer) },
  {
    method: "GET",
    path: "/api/incidents/",
    answer: async ({ parts, viewer, rest }) => answered(await parts.balancers.incident(viewer, rest)),
  },
];

function answered<T>(result: Result<T, Fault>): T {
  if (result.ok) return result.value;
  throw new FaultError(result.error);
}

function seenPool({ query, sees }: ApiRequest): { readonly namespace: string; readonly pool: string } {
  const namespace = query.required("namespace");
  const pool = query.required("pool");
  assertSees(sees, namespace);
  return { namespace, pool };
}

function assertSees(sees: Sees, namespace: string): void {
  if (sees(namespace)) return;
  throw new FaultError({
    reason: "Forbidden",
    message: `you may not list SubnetPools, SubnetClaims and Subnets in namespace ${namespace}: ask for the right to list them, or choose another namespace`,
  });
}

function health({ parts, viewer }: ApiRequest): Promise<object> {
  const { fleet, ages, clock, metrics, activity: feed, startedAt } = parts;
  return healthAnswer(viewer.client, {
    fleet,
    ages,
    clock,
    metrics,
    startedAt,
    connection: parts.connection(),
    lastDecision: feed.newestAt,
    streams: parts.streamCount(),
  });
}

function pools({ parts, query, sees }: ApiRequest): object {
  return poolsAnswer(parts.fleet, {
    sees,
    namespace: query.text("namespace") || undefined,
    filter: query.text("filter"),
    parent: query.text("parent"),
    isTree: query.isSet("tree"),
    sort: query.oneOf("sort", POOL_SORTS, "address"),
    isDescending: query.oneOf("order", ORDERS, "asc") === "desc",
    offset: query.number("offset", 0, 0, Number.MAX_SAFE_INTEGER),
    limit: query.number("limit", USUAL_ROWS, 1, MOST_ROWS),
    nowMs: parts.clock.now(),
  });
}

const USUAL_CELLS = 1_024;
const MOST_CELLS = 4_096;

function map(request: ApiRequest): object {
  const { parts, query } = request;
  return answered(
    mapAnswer(parts.fleet, {
      ...seenPool(request),
      range: query.range(),
      cells: query.number("cells", USUAL_CELLS, 1, MOST_CELLS),
      shape: query.oneOf("shape", ["band", "square"], "band"),
    }),
  );
}

function at(request: ApiRequest): object {
  const { parts, query, sees } = request;
  const address = query.address("address");
  const prefix = query.prefix("cidr") ?? (address && hostPrefix(address));
  if (prefix === undefined) throw new FaultError(invalid("address and cidr are missing: set one of them"));
  const isOfPool = query.text("pool") !== undefined;
  const under = isOfPool ? seenPool(request) : undefined;
  return answered(
    atAnswer(parts.fleet, {
      sees,
      prefix,
      text: query.text("cidr") ?? query.text("address") ?? formatPrefix(prefix),
      ...(under !== undefined && { pool: { namespace: under.namespace, name: under.pool } }),
    }),
  );
}

async function object({ parts, viewer, query, sees }: ApiRequest): Promise<object> {
  const namespace = query.required("namespace");
  assertSees(sees, namespace);
  const kinds = Object.keys(KINDS) as ObjectKind[];
  const kind = kinds.find((each) => each === query.required("kind"));
  if (kind === undefined) throw new FaultError(invalid(`kind is unknown: use ${kinds.join(", ")}`));
  const found = answered(findObject(parts.fleet, kind, namespace, query.required("name")));
  const events = await readEventsOf(viewer.client, found);
  return objectAnswer(parts.fleet, found, events);
}

function claims({ parts, query, sees }: ApiRequest): object {
  return claimsAnswer(parts.fleet, {
    sees,
    namespace: query.text("namespace") || undefined,
    pool: query.text("pool") || undefined,
    state: query.oneOf("state", ["waiting", "bound", "all"], "waiting"),
    filter: query.text("filter"),
    sort: query.oneOf("sort", CLAIM_SORTS, "since"),
    isDescending: query.oneOf("order", ORDERS, "asc") === "desc",
    offset: query.number("offset", 0, 0, Number.MAX_SAFE_INTEGER),
    limit: query.number("limit", USUAL_ROWS, 1, MOST_ROWS),
  });
}

const USUAL_ENTRIES = 100;

function activity({ parts, query, sees }: ApiRequest): object {
  return parts.activity.answer({
    sees,
    namespace: query.text("namespace") || undefined,
    pool: query.text("pool") || undefined,
    before: query.optionalNumber("before", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    limit: query.number("limit", USUAL_ENTRIES, 1, MOST_ROWS),
  });
}

function free(request: ApiRequest): object {
  const { parts, query } = request;
  return answered(
    freeAnswer(parts.fleet, {
      ...seenPool(request),
      length: query.optionalNumber("length", 0, 128),
      offset: query.number("offset", 0, 0, Number.MAX_SAFE_INTEGER),
      limit: query.number("limit", USUAL_ROWS, 1, MOST_ROWS),
    }),
  );
}

function trend(request: ApiRequest): object {
  const { fleet, clock } = request.parts;
  const { namespace, pool } = seenPool(request);
  const space = fleet.world.spaces.view(keyOf({ namespace, name: pool }))?.space;
  if (space === undefined) throw new FaultError(noPool(fleet, namespace, pool));
  const points = trendOf(fleet.blocks(namespace, pool).order(), space, clock.now());
  return { namespace, pool, points };
}

async function tryClaim({ parts, viewer, sees, body }: ApiRequest): Promise<object> {
  const request = answered(readClaimRequest(body));
  assertSees(sees, request.namespace);
  const mayCreate = await viewer.mayCreateClaims(request.namespace);
  return answered(whatIf(parts.fleet, request, mayCreate));
}

async function createClaim({ parts, viewer, sees, body }: ApiRequest): Promise<CreateClaimAnswer> {
  const request = answered(readClaimRequest(body));
  const { namespace, pool, name, cluster }: Partial<CreateClaimRequest> & WhatIfRequest = request;
  assertSees(sees, namespace);
  if (name === undefined || cluster === undefined) {
    throw new FaultError(invalid("name and cluster are missing: set both to create a claim"));
  }
  if (parts.fleet.pool(namespace, pool) === undefined) {
    throw new FaultError(
      notFound(`there is no SubnetPool ${pool} in namespace ${namespace}: choose another pool`),
    );
  }
  const claim = answered(claimOf(request));
  await viewer.client.create(SUBNET_CLAIMS, claim);
  return { kind: "SubnetClaim", namespace, name };
}
