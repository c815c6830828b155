import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ManualClock, systemKernel } from "../../../kernel/index.ts";
import { createMemoryStore, type Store } from "../../store/index.ts";
import { type AccessWorld, accessWorld } from "../../testing/access-world.ts";
import { createIdentity, fixedTokens, type ServerIdentity, ServiceAccountTokens } from "./index.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const TOKEN = "/api/v1/namespaces/default/serviceaccounts/robot/token";

describe("PS-13 a token of a service account", () => {
  let world: AccessWorld;
  beforeAll(async () => {
    world = await accessWorld();
  });
  afterAll(() => world.stop());

  const ask = (spec: unknown, more: object = {}) =>
    world.admin("POST", TOKEN, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec,
      ...more,
    });
  const review = async (token: string, audiences?: readonly string[]) => {
    const spec = { token, ...(audiences === undefined ? {} : { audiences }) };
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec };
    const { json } = await world.admin("POST", "/apis/authentication.k8s.io/v1/tokenreviews", body);
    return json.status as { authenticated?: boolean; audiences?: string[]; error?: string; user: object };
  };

  test("for another audience does not open this API, and is good for that audience", async () => {
    const token = await world.accountToken({ audiences: ["vault", "db"] });
    expect((await world.request(MAPS, { token })).code).toBe(401);
    expect(await review(token)).toMatchObject({ user: {}, error: expect.stringContaining("audiences") });
    expect((await review(token)).authenticated).toBeUndefined();
    expect(await review(token, ["db", "other"])).toMatchObject({ authenticated: true, audiences: ["db"] });
    expect((await review(token, ["other"])).authenticated).toBeUndefined();
  });

  test("for this API opens it, and no other one", async () => {
    const token = await world.accountToken();
    expect((await world.request(MAPS, { token })).code).toBe(403);
    expect(await review(token)).toMatchObject({
      authenticated: true,
      audiences: ["https://kubernetes.default.svc"],
      user: { username: "system:serviceaccount:default:robot" },
    });
    expect((await review(token, ["vault"])).authenticated).toBeUndefined();
  });

  test("the administrator's is good for this API alone, too", async () => {
    const { token } = world.identity;
    expect(await review(token)).toMatchObject({ authenticated: true });
    expect((await review(token, ["vault"])).authenticated).toBeUndefined();
  });

  test.each([
    ["10 s", { expirationSeconds: 10 }, 422],
    ["599 s", { expirationSeconds: 599 }, 422],
    ["2^32 + 1 s", { expirationSeconds: 4_294_967_297 }, 422],
    ["no time at all", { expirationSeconds: -1 }, 422],
    ["half a second more", { expirationSeconds: 600.5 }, 400],
    ["1e300", { expirationSeconds: 1e300 }, 400],
    ["a text", { expirationSeconds: "600" }, 400],
    ["audiences that are a text", { audiences: "vault" }, 400],
    ["audiences that are numbers", { audiences: [5] }, 400],
    ["audiences that fit into no header", { audiences: ["a".repeat(10_000)] }, 422],
    ["a spec that is a list", [], 400],
    ["a binding that is a text", { boundObjectRef: "pod" }, 400],
    [
      "a binding to a kind that takes none",
      { boundObjectRef: { kind: "ConfigMap", apiVersion: "v1", name: "a" } },
      400,
    ],
    [
      "a binding to constructor",
      { boundObjectRef: { kind: "constructor", apiVersion: "v1", name: "a" } },
      400,
    ],
    [
      "a binding to what is not there",
      { boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "a" } },
      404,
    ],
  ])("is not given for %s", async (_, spec, code) => {
    const answer = await ask(spec);
    expect(answer.code, answer.text).toBe(code);
  });

  test.each([
    ["5"],
    ['"x"'],
    ["[]"],
    ["null"],
    ['{"kind":"Pod"}'],
    ['{"spec":5}'],
    ['{"metadata":{"name":"x"}}'],
  ])("is not given for the body %s", async (body) => {
    const answer = await world.request(TOKEN, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect([answer.code, answer.json.reason], answer.text).toEqual([400, "BadRequest"]);
  });

  test("lives a year at most, which is said", async () => {
    const answer = await ask({ expirationSeconds: 4_294_967_296 });
    expect([answer.code, answer.headers.warning]).toEqual([201, expect.stringContaining("31536000 s")]);
    expect(answer.json.spec).toMatchObject({ expirationSeconds: 31_536_000 });
  });

  test("dies with what it is bound to, and with another of that name", async () => {
    const secrets = "/api/v1/namespaces/default/secrets";
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "anchor" } };
    const { json } = await world.admin("POST", secrets, secret);
    const { uid } = json.metadata as { uid: string };
    const boundObjectRef = { kind: "Secret", apiVersion: "v1", name: "anchor" };
    expect((await ask({ boundObjectRef: { ...boundObjectRef, uid: "other" } })).code).toBe(409);
    const token = await world.accountToken({ boundObjectRef: { ...boundObjectRef, uid } });
    expect((await review(token)).authenticated).toBe(true);
    await world.admin("DELETE", `${secrets}/anchor`);
    expect((await review(token)).error).toContain("secret was deleted");
    await world.admin("POST", secrets, secret);
    expect((await world.request(MAPS, { token })).code).toBe(401);
  });

  test("has one text: what a decoder passes over is not passed over", async () => {
    const token = await world.accountToken();
    for (const other of [
      `${token}=`,
      `${token}.`,
      token.replace(".", ".="),
      `${token}\t`.trim().slice(0, -1),
    ]) {
      expect((await world.request(MAPS, { token: other })).code, other).toBe(401);
    }
  });
});

describe("PS-13 a token and the time", () => {
  let identity: ServerIdentity;
  beforeAll(async () => {
    identity = await createIdentity(systemKernel, []);
  });
  let clock: ManualClock;
  let store: Store;
  let tokens: ServiceAccountTokens;
  let token: string;
  beforeEach(async () => {
    clock = new ManualClock(Date.UTC(2026, 0, 1));
    store = createMemoryStore({ kernel: { clock } });
    const metadata = { name: "robot", namespace: "default", uid: "u" };
    await store.write({
      do: "put",
      kind: "serviceaccounts",
      namespace: "default",
      name: "robot",
      object: { apiVersion: "v1", kind: "ServiceAccount", metadata },
      expectedRevision: 0,
    });
    tokens = new ServiceAccountTokens(identity, { ...systemKernel, clock }, store);
    token = tokens.issue({
      namespace: "default",
      name: "robot",
      uid: "u",
      audiences: ["a"],
      expirationSeconds: 600,
    }).token;
  });

  test("is good until it expires", () => {
    expect(tokens.verify(token).ok).toBe(true);
    clock.advance(599_000);
    expect(tokens.verify(token).ok).toBe(true);
    clock.advance(1_000);
    expect(tokens.verify(token)).toEqual({ ok: false, error: "the token has expired" });
  });

  test("is not good before it was issued, except for a clock that was set back a little", () => {
    const at = (ms: number) => {
      const kernel = { ...systemKernel, clock: new ManualClock(ms) };
      return new ServiceAccountTokens(identity, kernel, store).verify(token);
    };
    expect(at(Date.UTC(2026, 0, 1) - 60_000).ok).toBe(true);
    expect(at(Date.UTC(2026, 0, 1) - 61_000)).toEqual({ ok: false, error: "the token is not valid yet" });
  });
});

describe("PS-13 fixed tokens", () => {
  const user = { username: "x", groups: [] };

  test("that are not a secret are refused", () => {
    for (const token of ["", "\n".trim(), "a".repeat(31)]) {
      expect(() => fixedTokens([[token, user]])).toThrow(/has \d+ characters, and .+ at least 32/);
    }
  });

  test("match as a whole", () => {
    const token = "a".repeat(32);
    const known = fixedTokens([[token, user]]);
    expect(known.userOf(token)).toBe(user);
    for (const other of ["", "a".repeat(31), "a".repeat(33), "b".repeat(32)]) {
      expect(known.userOf(other)).toBeUndefined();
    }
  });
});
