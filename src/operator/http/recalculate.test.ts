import { describe, expect, test } from "vitest";
import type { SubnetPool } from "../../api/index.ts";
import { type KubeClient, UnreachableError } from "../../client/index.ts";
import { ManualClock } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/index.ts";
import { type CacheReader, keyOf } from "../../runtime/index.ts";
import { pool } from "../testing/objects.ts";
import { AccessReviewer, type ReviewAnswer } from "./access-reviewer.ts";
import { answerRecalculate } from "./recalculate.ts";

/** An API server that knows two tokens: `admin` may do everything, `guest` nothing. */
const reviewing = {
  async create(_resource: unknown, review: AnyObject) {
    const spec = review.spec as Record<string, unknown>;
    if (review.kind === "TokenReview") {
      const authenticated = spec.token === "admin" || spec.token === "guest";
      return { ...review, status: { authenticated, user: { username: spec.token, groups: [] } } };
    }
    return { ...review, status: { allowed: spec.user === "admin" } };
  },
} as unknown as KubeClient;

const pools = {
  get: (namespace: string, name: string) =>
    namespace === "fleet" && name === "prod" ? pool("prod", "10.0.0.0/16") : undefined,
} as unknown as CacheReader<SubnetPool>;

interface Call {
  readonly token?: string | undefined;
  readonly body?: string;
}

async function call(more: Call, client = reviewing, isLeader = () => true) {
  const recalculated: string[] = [];
  const reviewer = new AccessReviewer({ client, clock: new ManualClock() });
  const { token, body } = {
    token: "admin",
    body: JSON.stringify({ namespace: "fleet", name: "prod" }),
    ...more,
  };
  const answer = await answerRecalculate(
    { reviewer, pools, isLeader, recalculate: (_pool, target) => recalculated.push(keyOf(target)) },
    { caller: { token, address: "10.0.0.1" }, body },
  );
  return { ...answer, recalculated };
}

describe("POST /recalculate (RQ-10.5)", () => {
  test("RQ-10.5 forces a recomputation of the pool that is named", async () => {
    expect(await call({})).toMatchObject({ code: 202, recalculated: ["fleet/prod"] });
  });

  test.each([
    ["RQ-10.5 no credentials → 401", { token: undefined }, 401, "bearer token"],
    ["RQ-10.5 credentials that nobody knows → 401", { token: "stranger" }, 401, "bearer token"],
    ["RQ-10.5 a bad body is no answer to a stranger", { token: undefined, body: "{" }, 401, "bearer token"],
    ["RQ-10.5 not allowed → 403", { token: "guest" }, 403, "subnetpools/status"],
    [
      "RQ-10.5 unknown pool → 404",
      { body: '{"namespace":"fleet","name":"nope"}' },
      404,
      "no SubnetPool nope",
    ],
    ["RQ-10.5 no JSON → 400", { body: "prod" }, 400, "not JSON"],
    ["RQ-10.5 null → 400", { body: "null" }, 400, "namespace and pool"],
    [
      "RQ-10.5 RQ-04 an empty namespace → 400",
      { body: '{"namespace":"","name":"prod"}' },
      400,
      "namespace and pool",
    ],
    [
      "RQ-10.5 a number for a name → 400",
      { body: '{"namespace":"fleet","name":7}' },
      400,
      "namespace and pool",
    ],
  ])("%s", async (_name, more, code, words) => {
    const answer = await call(more);
    expect(answer).toMatchObject({ code, message: expect.stringContaining(words), recalculated: [] });
  });

  test("RQ-10.5 a replica that does not lead reports it, and promises nothing", async () => {
    const answer = await call({}, reviewing, () => false);
    expect(answer).toMatchObject({ code: 503, recalculated: [] });
    expect(answer.message).toContain("another replica leads");
  });

  test("RQ-10.5 when the API server cannot be asked, no caller is let in", async () => {
    const unreachable = {
      create: () => Promise.reject(new UnreachableError("connection refused")),
    } as unknown as KubeClient;
    expect(await call({}, unreachable)).toMatchObject({ code: 503, recalculated: [] });
  });

  test("RQ-10.5 one too many is asked to come again, and nothing is recalculated", async () => {
    const recalculated: string[] = [];
    const reviewer = { review: async (): Promise<ReviewAnswer> => "busy" };
    const options = { reviewer, pools, isLeader: () => true, recalculate: () => recalculated.push("") };
    const caller = { token: "admin", address: "10.0.0.1" };
    expect(await answerRecalculate(options, { caller, body: "{}" })).toMatchObject({ code: 429 });
    expect(recalculated).toEqual([]);
  });
});
