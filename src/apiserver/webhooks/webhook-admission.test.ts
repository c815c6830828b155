import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ManualClock, seededRandom, systemKernel } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { AdmissionAttributes } from "../context.ts";
import { createIdentity, type ServerIdentity } from "../http/auth/identity.ts";
import { compile } from "../kinds/schema/cron-tab-fixture.ts";
import { StatusError } from "../status-error.ts";
import { createWebhookAdmission } from "./webhook-admission.ts";

type Answer = (request: Record<string, never>, path: string) => object | string | undefined;

let identity: ServerIdentity;
let server: Server;
let port: number;
let answer: Answer;
let asked: { path: string; host: string; request: Record<string, unknown> }[] = [];

beforeAll(async () => {
  identity = await createIdentity(systemKernel, ["localhost", "127.0.0.1", "hook.ops.svc"]);
  server = createServer(
    { cert: identity.serverCertificate, key: identity.serverKey },
    async (incoming, outgoing) => {
      let body = "";
      for await (const chunk of incoming) body += chunk;
      const { request } = JSON.parse(body);
      asked.push({ path: incoming.url ?? "", host: incoming.headers.host ?? "", request });
      const response = answer(request, (incoming.url ?? "").split("?")[0] ?? "");
      if (response === undefined) return;
      if (response === "") {
        incoming.socket.destroy();
        return;
      }
      if (typeof response === "string") {
        outgoing.statusCode = 500;
        outgoing.end(response);
        return;
      }
      const review = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" };
      outgoing.end(JSON.stringify({ ...review, response: { uid: request.uid, ...response } }));
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  asked = [];
  answer = () => ({ allowed: true });
});

const kind = compile({
  type: "object",
  properties: { a: { type: "string" }, b: { type: "string", default: "filled" } },
});

function webhook(name: string, more: object = {}): object {
  return {
    name,
    clientConfig: {
      url: `https://127.0.0.1:${port}/${name}`,
      caBundle: Buffer.from(identity.caCertificate).toString("base64"),
    },
    rules: [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] }],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    ...more,
  };
}

function configuration(name: string, ...webhooks: object[]): AnyObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "x",
    metadata: { name },
    webhooks,
  } as unknown as AnyObject;
}

interface World {
  mutating?: readonly AnyObject[];
  validating?: readonly AnyObject[];
  clock?: ManualClock;
  ignored?: string[];
}

function admissionOf({ mutating = [], validating = [], clock = new ManualClock(), ignored = [] }: World) {
  return createWebhookAdmission({
    kernel: { clock, random: seededRandom(1) },
    configurations: (which) => (which === "mutating" ? mutating : validating),
    namespaceLabels: (namespace) => (namespace === "default" ? { team: "net" } : undefined),
    resolveService: (service) => (service.name === "hook" ? `https://127.0.0.1:${port}` : undefined),
    onIgnored: (name, failure) => ignored.push(`${name}: ${failure}`),
  });
}

const object = (spec: object = { a: "1" }, labels: Record<string, string> = {}): AnyObject => ({
  apiVersion: "stable.example.com/v1",
  kind: "CronTab",
  metadata: { name: "a", namespace: "default", labels },
  spec,
});

function attributes(
  more: Partial<AdmissionAttributes> = {},
  request: object = {},
): AdmissionAttributes & { warnings: string[] } {
  const warnings: string[] = [];
  return {
    operation: "CREATE",
    object: object(),
    dryRun: false,
    warnings,
    ...more,
    request: {
      resource: kind,
      namespace: "default",
      name: "",
      subresource: "",
      query: new URLSearchParams(),
      user: { username: "alice", groups: ["dev"] },
      userAgent: "test",
      warn: (message: string) => warnings.push(message),
      ...request,
    },
  };
}

async function refusalOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "allowed";
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return `${error.code} ${error.body.reason ?? ""}: ${error.message}`;
  }
}

const patchOf = (...operations: object[]) => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});

test("a webhook is asked with a review, and its warnings are passed on", async () => {
  answer = () => ({ allowed: true, warnings: ["careful"] });
  const request = attributes();
  await admissionOf({ validating: [configuration("c", webhook("a.example.com"))] }).validate(request);
  expect(request.warnings).toEqual(["careful"]);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.path).toBe("/a.example.com?timeout=10s");
  expect(asked[0]?.request).toMatchObject({
    kind: { group: "stable.example.com", version: "v1", kind: "CronTab" },
    resource: { group: "stable.example.com", version: "v1", resource: "crontabs" },
    name: "a",
    namespace: "default",
    operation: "CREATE",
    userInfo: { username: "alice", groups: ["dev"] },
    object: object(),
    oldObject: null,
    dryRun: false,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
  });
});

test.each([
  [
    { allowed: false, status: { message: "no", code: 403, reason: "Forbidden" } },
    '403 Forbidden: admission webhook "a.example.com" denied the request: no',
  ],
  [
    { allowed: false, status: { reason: "Because" } },
    '400 Because: admission webhook "a.example.com" denied the request: Because',
  ],
  [{ allowed: false }, '400 : admission webhook "a.example.com" denied the request without explanation'],
  [
    { allowed: true, uid: "other" },
    'InternalError: Internal error occurred: failed calling webhook "a.example.com": expected response.uid=',
  ],
  [{}, 'failed calling webhook "a.example.com": webhook response has no response.allowed'],
  [
    "broken",
    'failed calling webhook "a.example.com": failed to call webhook: the server answered 500: broken',
  ],
])("a refusal and a failure are worded as kube-apiserver words them: %j", async (response, expected) => {
  answer = () => response;
  const admission = admissionOf({ validating: [configuration("c", webhook("a.example.com"))] });
  expect(await refusalOf(admission.validate(attributes()))).toContain(expected);
});

test("mutating webhooks see what those before them made, in the order of their configurations' names", async () => {
  answer = (request, path) => {
    const { a } = (request as unknown as { object: { spec: { a: string } } }).object.spec;
    return patchOf(
      { op: "replace", path: "/spec/a", value: `${a}${path}` },
      { op: "add", path: "/spec/unknown", value: 1 },
    );
  };
  const admission = admissionOf({
    mutating: [
      configuration("z", webhook("z.example.com")),
      configuration("b", webhook("b1.example.com"), webhook("b2.example.com")),
    ],
  });
  const mutated = await admission.mutate(attributes());
  expect(mutated?.spec).toEqual({ a: "1/b1.example.com/b2.example.com/z.example.com", b: "filled" });
});

test("a webhook that requests it is asked again when a later one changed the object", async () => {
  answer = (_request, path) =>
    path === "/second.example.com"
      ? patchOf({ op: "replace", path: "/spec/a", value: "changed" })
      : { allowed: true };
  const admission = admissionOf({
    mutating: [
      configuration(
        "c",
        webhook("first.example.com", { reinvocationPolicy: "IfNeeded" }),
        webhook("never.example.com"),
        webhook("second.example.com", { reinvocationPolicy: "IfNeeded" }),
      ),
    ],
  });
  await admission.mutate(attributes());
  expect(asked.map(({ path }) => path.split("?")[0])).toEqual([
    "/first.example.com",
    "/never.example.com",
    "/second.example.com",
    "/first.example.com",
  ]);
});

test.each([
  [patchOf({ op: "remove", path: "/spec/nope" }), "remove operation does not apply"],
  [{ allowed: true, patch: "e30=" }, "webhook returned response.patch but not response.patchType"],
  [{ allowed: true, patchType: "JSONPatch", patch: "!" }, "not base64 of JSON"],
])("a patch that does not apply is an internal error: %j", async (response, expected) => {
  answer = () => response;
  const admission = admissionOf({ mutating: [configuration("c", webhook("a.example.com"))] });
  const refusal = await refusalOf(admission.mutate(attributes()));
  expect(refusal).toContain("500 InternalError");
  expect(refusal).toContain(expected);
});

test("an answer that is nested deeper than a request may be is an internal error", async () => {
  let details: unknown = 1;
  for (let i = 0; i < 400; i++) details = [details];
  answer = () => ({ allowed: false, status: { details } });
  const admission = admissionOf({ validating: [configuration("c", webhook("a.example.com"))] });
  expect(await refusalOf(admission.validate(attributes()))).toContain("256 levels");
});

test("a webhook that does not answer in time fails the request, or is passed over", async () => {
  const clock = new ManualClock();
  answer = () => {
    clock.advance(3000);
    return undefined;
  };
  const slow = (failurePolicy: string) =>
    configuration("c", webhook("slow.example.com", { timeoutSeconds: 3, failurePolicy }));
  const ignored: string[] = [];
  const refusal = await refusalOf(admissionOf({ validating: [slow("Fail")], clock }).validate(attributes()));
  expect(refusal).toBe(
    `500 InternalError: Internal error occurred: failed calling webhook "slow.example.com": failed to call webhook: Post "https://127.0.0.1:${port}/slow.example.com?timeout=3s": context deadline exceeded`,
  );
  expect(
    await refusalOf(admissionOf({ validating: [slow("Ignore")], clock, ignored }).validate(attributes())),
  ).toBe("allowed");
  expect(ignored[0]).toContain("context deadline exceeded");
});

test("a connection that was cut is made again, once", async () => {
  const admission = admissionOf({ validating: [configuration("c", webhook("a.example.com"))] });
  answer = () => (asked.length === 1 ? "" : { allowed: true });
  expect(await refusalOf(admission.validate(attributes()))).toBe("allowed");
  answer = () => "";
  expect(await refusalOf(admission.validate(attributes()))).toContain(
    'failed calling webhook "a.example.com"',
  );
  expect(asked).toHaveLength(4);
});

test("a server whose certificate is not of the caBundle is rejected", async () => {
  const other = await createIdentity(systemKernel, ["127.0.0.1"]);
  const clientConfig = {
    url: `https://127.0.0.1:${port}/`,
    caBundle: Buffer.from(other.caCertificate).toString("base64"),
  };
  const admission = admissionOf({
    validating: [configuration("c", webhook("a.example.com", { clientConfig }))],
  });
  expect(await refusalOf(admission.validate(attributes()))).toMatch(/^500 InternalError: .*certificate/);
  expect(asked).toEqual([]);
});

test("a service is found by the resolver, and its certificate must carry the name of the service", async () => {
  const caBundle = Buffer.from(identity.caCertificate).toString("base64");
  const service = (name: string) => ({ service: { namespace: "ops", name, path: "/check" }, caBundle });
  const found = admissionOf({
    validating: [configuration("c", webhook("a.example.com", { clientConfig: service("hook") }))],
  });
  expect(await refusalOf(found.validate(attributes()))).toBe("allowed");
  expect(asked[0]).toMatchObject({ path: "/check?timeout=10s", host: "hook.ops.svc" });
  const lost = admissionOf({
    validating: [configuration("c", webhook("a.example.com", { clientConfig: service("gone") }))],
  });
  expect(await refusalOf(lost.validate(attributes()))).toContain('service "gone" has no known address');
});

test("webhooks are not asked about the configurations of webhooks", async () => {
  const admission = admissionOf({ validating: [configuration("c", webhook("a.example.com"))] });
  await admission.validate(attributes({}, { resource: { ...kind, group: "admissionregistration.k8s.io" } }));
  expect(asked).toEqual([]);
});

test("a condition that fails counts by the failure policy, unless another one rejects it", async () => {
  const broken = { name: "broken", expression: "object.spec.nope == 1" };
  const no = { name: "no", expression: "false" };
  const admissionWith = (more: object) =>
    admissionOf({ validating: [configuration("c", webhook("a.example.com", more))] });
  expect(await refusalOf(admissionWith({ matchConditions: [broken] }).validate(attributes()))).toContain(
    'matchCondition "broken": no such key: nope',
  );
  expect(
    await refusalOf(
      admissionWith({ matchConditions: [broken], failurePolicy: "Ignore" }).validate(attributes()),
    ),
  ).toBe("allowed");
  expect(await refusalOf(admissionWith({ matchConditions: [broken, no] }).validate(attributes()))).toBe(
    "allowed",
  );
  expect(asked).toEqual([]);
});

test("a dry run calls only webhooks without side effects", async () => {
  const admissionWith = (sideEffects: string) =>
    admissionOf({ validating: [configuration("c", webhook("a.example.com", { sideEffects }))] });
  expect(await refusalOf(admissionWith("NoneOnDryRun").validate(attributes({ dryRun: true })))).toBe(
    "allowed",
  );
  expect(await refusalOf(admissionWith("Some").validate(attributes({ dryRun: true })))).toBe(
    '400 BadRequest: admission webhook "a.example.com" does not support dry run',
  );
});
