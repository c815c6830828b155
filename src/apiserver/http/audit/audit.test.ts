import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServerFixture, serverFixture } from "../../testing/server-fixture.ts";
import {
  type AuditEvent,
  type AuditFacts,
  auditEventOf,
  auditLineOf,
  MOST_REFUSALS,
  openAuditLog,
  RefusalLimit,
} from "./index.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

describe("PS-13 the audit of requests", () => {
  let f: ServerFixture;
  const events: AuditEvent[] = [];
  let alice: { certificate: string; key: string };
  beforeAll(async () => {
    f = await serverFixture({ authorization: "RBAC", audit: { record: (event) => events.push(event) } });
    alice = await f.certificate("alice", ["staff"]);
  });
  afterAll(() => f.stop());

  /** What one request is audited as. */
  async function audited(
    path: string,
    parts: Parameters<ServerFixture["request"]>[1],
  ): Promise<readonly AuditEvent[]> {
    events.length = 0;
    await f.request(path, parts);
    // An event is made once the answer has gone out: that of a later write comes after it.
    const isLast = ({ userAgent }: AuditEvent) => userAgent === "last";
    await f.request(`${MAPS}/none`, { method: "DELETE", headers: { "user-agent": "last" } });
    await expect.poll(() => events.some(isLast)).toBe(true);
    return events.filter((event) => !isLast(event));
  }
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { secret: "hunter2" } };

  test("reports of a write who, what, when and from where, and nothing of its body", async () => {
    const headers = { "user-agent": "tester/1.0" };
    const [event, ...more] = await audited(MAPS, { method: "POST", body, headers });
    expect(more).toEqual([]);
    expect(event).toEqual({
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: "Metadata",
      auditID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      stage: "ResponseComplete",
      requestURI: MAPS,
      verb: "create",
      user: { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] },
      sourceIPs: ["127.0.0.1"],
      userAgent: "tester/1.0",
      objectRef: { resource: "configmaps", namespace: "default", name: "a", apiVersion: "v1" },
      responseStatus: { metadata: {}, code: 201 },
      requestReceivedTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      stageTimestamp: expect.stringMatching(/Z$/),
      annotations: { "authorization.k8s.io/decision": "allow" },
    });
    expect(JSON.stringify(event)).not.toContain("hunter2");
  });

  test.each([
    ["PUT", `${MAPS}/a`, "update", 200],
    ["PATCH", `${MAPS}/a`, "patch", 415],
    ["PUT", `${MAPS}/none`, "update", 400],
    ["DELETE", `${MAPS}/none`, "delete", 404],
    ["DELETE", `${MAPS}?labelSelector=a%3Db`, "deletecollection", 200],
  ])("reports %s %s as %s, whatever became of it", async (method, path, verb, code) => {
    const [event] = await audited(path, { method, body: method === "DELETE" ? "" : body });
    expect(event).toMatchObject({ verb, responseStatus: { code } });
  });

  test("reports what was denied, reads too, and as whom it counted", async () => {
    const [denied] = await audited(MAPS, { user: alice });
    expect(denied).toMatchObject({
      verb: "list",
      user: { username: "alice", groups: ["staff", "system:authenticated"] },
      responseStatus: { status: "Failure", reason: "Forbidden", code: 403 },
      annotations: { "authorization.k8s.io/decision": "forbid" },
    });
    const [impersonating] = await audited(MAPS, { user: alice, headers: { "impersonate-user": "root" } });
    expect(impersonating).toMatchObject({ user: { username: "alice" }, responseStatus: { code: 403 } });
    expect(impersonating).not.toHaveProperty("impersonatedUser");
    const [acting] = await audited(MAPS, { headers: { "impersonate-user": "bob" } });
    expect(acting).toMatchObject({
      user: { username: "kubernetes-admin" },
      impersonatedUser: { username: "bob", groups: ["system:authenticated"] },
      responseStatus: { code: 403 },
    });
  });

  test("reports wrong credentials, without them", async () => {
    const token = "wrong-".repeat(8);
    const [event] = await audited(MAPS, { token });
    expect(event).toMatchObject({ user: {}, responseStatus: { code: 401, reason: "Unauthorized" } });
    expect(JSON.stringify(event)).not.toContain(token);
  });

  test("reports nothing of reads and of reviews", async () => {
    expect(await audited(MAPS, {})).toEqual([]);
    const spec = { resourceAttributes: { verb: "get", resource: "pods" } };
    const review = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    expect(await audited(path, { method: "POST", body: review })).toEqual([]);
  });

  test("reports tokens that are issued, without them", async () => {
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot" } };
    expect(await audited(accounts, { method: "POST", body: account })).toHaveLength(1);
    const [event] = await audited(`${accounts}/robot/token`, { method: "POST", body: { spec: {} } });
    expect(event).toMatchObject({ verb: "create", objectRef: { name: "robot", subresource: "token" } });
    expect(JSON.stringify(event)).not.toContain("eyJ");
  });
});

const facts = (more: Partial<AuditFacts>): AuditFacts => ({
  id: "1",
  verb: "create",
  url: "/x",
  userAgent: undefined,
  sourceAddress: undefined,
  caller: { username: "u", groups: [] },
  user: undefined,
  object: { resource: "pods", namespace: "", name: "", apiGroup: "", apiVersion: "v1", subresource: "" },
  code: 201,
  reason: undefined,
  isAllowed: true,
  skippedBefore: 0,
  receivedMs: 0,
  doneMs: 0,
  ...more,
});

describe("PS-13 a line of the audit log", () => {
  const line = (more: Partial<AuditFacts>) => auditLineOf(auditEventOf(facts(more)) ?? {});

  test("is one line, which no terminal obeys", () => {
    const nasty = "a\u001b[2J\n\u009b2J\u202egpj\u2028\u200f\u007f";
    const text = line({
      userAgent: nasty,
      caller: { username: nasty, groups: [nasty], extra: { [nasty]: [nasty] } },
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it must not hold
    expect(text.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u200f]/);
    expect(JSON.parse(text)).toMatchObject({ userAgent: nasty, user: { username: nasty } });
  });

  test("has a length that no request decides", () => {
    const long = "x".repeat(100_000);
    const groups = Array.from({ length: 10_000 }, () => long);
    const text = line({
      url: long,
      userAgent: long,
      caller: { username: long, groups, extra: { [long]: groups } },
    });
    expect(text.length).toBeLessThan(100_000);
  });

  test("of a client that went away has no code", () => {
    expect(auditEventOf(facts({ code: undefined }))).not.toHaveProperty("responseStatus");
  });
});

describe("PS-13 refusals over and over", () => {
  test("of one caller are audited so many times a minute, and counted; others are not crowded out", () => {
    const limit = new RefusalLimit();
    const audited = Array.from({ length: 1_000 }, () => limit.admit("", 0)).filter(
      ({ isAudited }) => isAudited,
    );
    expect(audited).toHaveLength(MOST_REFUSALS);
    expect(limit.admit("jane", 0)).toEqual({ isAudited: true, skipped: 0 });
    expect(limit.admit("", 59_999)).toEqual({ isAudited: false });
    expect(limit.admit("", 60_000)).toEqual({ isAudited: true, skipped: 1_001 - MOST_REFUSALS });
    expect(limit.admit("", 60_001)).toEqual({ isAudited: true, skipped: 0 });
  });

  test("of callers without number are no more than of a thousand", () => {
    const limit = new RefusalLimit();
    const users = Array.from({ length: 5_000 }, (_, i) => `user-${i}`);
    const audited = users.filter((user) => limit.admit(user, 0).isAudited);
    expect(audited).toHaveLength(1_000 + MOST_REFUSALS);
  });

  test("are reported in the event", () => {
    expect(auditEventOf(facts({ code: 401, isAllowed: undefined, skippedBefore: 7 }))?.annotations).toEqual({
      "plexaubnet.io/refusals-not-audited": "7",
    });
  });
});

describe("PS-13 the file of the audit log", () => {
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-audit-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const losses: { lines: number; cause: unknown }[] = [];
  const open = (name: string, more: object = {}) =>
    openAuditLog({ file: join(folder, name), onLoss: (loss) => losses.push(loss), ...more });
  const textOf = (name: string) => readFileSync(join(folder, name), "utf8");

  test("is its owner's, is appended to, and holds what was recorded before it was closed", async () => {
    for (const n of [1, 2]) {
      const log = await open("a.log");
      for (let i = 0; i < 100; i++) log.record({ n, i });
      await log.close();
      log.record({ late: true });
    }
    expect(textOf("a.log").trimEnd().split("\n")).toHaveLength(200);
    expect(statSync(join(folder, "a.log")).mode & 0o777).toBe(0o600);
  });

  test("is bounded: it is rotated, and the oldest go", async () => {
    const log = await open("b.log", { maxBytes: 1_000, keep: 2 });
    for (let i = 0; i < 50; i++) {
      log.record({ i, text: "x".repeat(80) });
      // What is written at once goes to one file.
      if (i % 5 === 4) await expect.poll(() => textOf("b.log")).toContain(`"i":${i},`);
    }
    await log.close();
    const files = readdirSync(folder).filter((name) => name.startsWith("b.log"));
    expect(files.sort()).toEqual(["b.log", "b.log.1", "b.log.2"]);
    const lines = ["b.log.2", "b.log.1", "b.log"].flatMap((name) => textOf(name).trimEnd().split("\n"));
    const numbers = lines.map((line) => (JSON.parse(line) as { i: number }).i);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.at(-1)).toBe(49);
  });

  test("a line that a crash cut short does not spoil the next one", async () => {
    writeFileSync(join(folder, "c.log"), '{"whole":true}\n{"cut');
    const log = await open("c.log");
    log.record({ next: true });
    await log.close();
    expect(textOf("c.log").trimEnd().split("\n").at(-1)).toBe('{"next":true}');
  });

  test("that cannot be written loses lines, counts them, and reports it once and again at the end", async () => {
    losses.length = 0;
    const log = await open("e.log", { maxBytes: 10, keep: 1 });
    log.record({ first: true });
    await expect.poll(() => textOf("e.log")).toContain("first");
    // Nothing can take the place of a folder that is not empty.
    const inTheWay = join(folder, "e.log.1", "x");
    rmSync(join(folder, "e.log.1"), { force: true });
    mkdirSync(inTheWay, { recursive: true });
    log.record({ second: true });
    await expect.poll(() => losses.length).toBe(1);
    log.record({ third: true });
    rmSync(join(folder, "e.log.1"), { recursive: true });
    await expect
      .poll(() => {
        log.record({ last: true });
        return losses.length;
      })
      .toBe(2);
    await log.close();
    expect(losses[1]).toMatchObject({ cause: "writing works again" });
    expect(existsSync(join(folder, "e.log"))).toBe(true);
  });

  test("that is none is refused at the start", async () => {
    await expect(open(".")).rejects.toThrow();
    appendFileSync(join(folder, "f"), "");
    await expect(open("f/g")).rejects.toThrow();
    if (existsSync("/dev/null")) {
      await expect(openAuditLog({ file: "/dev/null", onLoss: () => undefined })).rejects.toThrow(
        "not a regular file",
      );
    }
  });
});
