/**
 * A4: an admission webhook that answers odd things. It was configured by a user with the right to; it may
 * have a bug.
 */
import { gzipSync } from "node:zlib";
import { played } from "../answers.ts";
import { ANYS, anyObject, post } from "../any-kind.ts";
import { configureWebhook, type OddAnswer, review } from "../odd-webhook.ts";
import { type Row, TARGET_MS } from "../row.ts";
import { nested } from "./depth.ts";

function webhookRow(
  id: string,
  what: string,
  answer: OddAnswer,
  kind: "Mutating" | "Validating" = "Validating",
  more: object = {},
): Row {
  return {
    id: `A4-${id}`,
    kind: "webhook",
    what: `a webhook answers ${what}`,
    limitMs: TARGET_MS,
    prepare: (attacker) => configureWebhook(attacker, kind, answer, more),
    play: async (attacker) => played(await attacker.send(post(ANYS, anyObject(attacker.name(), { a: 1 })))),
  };
}

const refusal = (id: string, status: object) =>
  webhookRow(id, `the status ${JSON.stringify(status).slice(0, 60)}`, review({ allowed: false, status }));

const statuses: readonly Row[] = [
  refusal("code-1000", { code: 1000 }),
  refusal("code-99", { code: 99 }),
  refusal("code-0", { code: 0 }),
  refusal("code-negative", { code: -1 }),
  refusal("code-101", { code: 101 }),
  refusal("code-200", { code: 200 }),
  refusal("code-204", { code: 204 }),
  refusal("code-fraction", { code: 400.5 }),
  refusal("code-text", { code: "404" }),
  refusal("code-object", { code: { valueOf: 1 } }),
  refusal("code-huge", { code: 1e300 }),
  refusal("message-number", { message: 5 }),
  refusal("message-object", { message: { toString: 5 } }),
  refusal("message-lines", { message: "a\r\nX-Evil: 1\u0000\u001b[2J", reason: "b\r\nc" }),
  refusal("reason-object", { code: 403, reason: {} }),
  refusal("retry-lines", { code: 429, details: { retryAfterSeconds: "1\r\nX-Evil: 1" } }),
  refusal("retry-object", { code: 429, details: { retryAfterSeconds: {} } }),
  refusal("retry-huge", { code: 429, details: { retryAfterSeconds: 1e308 } }),
  refusal("details-null", { code: 422, details: null }),
  refusal("causes-odd", { code: 422, details: { causes: [null, 5, { field: {} }] } }),
  webhookRow("status-list", "a list for a status", review({ allowed: false, status: [1] })),
  webhookRow("status-deep", "a status 6,000 deep", {
    body: (uid) =>
      `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"${uid}","allowed":false,"status":{"code":400,"details":{"causes":${nested(6_000)}}}}}`,
  }),
  webhookRow(
    "message-1mb",
    "a message of 1 MB",
    review({ allowed: false, status: { message: "x".repeat(1e6) } }),
  ),
];

const bodies: readonly Row[] = [
  webhookRow("null", "null", { body: () => "null" }),
  webhookRow("number", "5", { body: () => "5" }),
  webhookRow("empty", "nothing", { body: () => "" }),
  webhookRow("response-null", "a null response", {
    body: () => '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":null}',
  }),
  webhookRow("allowed-text", "allowed: yes", review({ allowed: "yes" })),
  webhookRow("deep", "a million brackets", { body: () => nested(1e6) }),
  webhookRow("10mb", "10 MB", { body: () => " ".repeat(1e7) }),
  webhookRow("gzip-bomb", "100 MB of zeros, as gzip", {
    headers: { "content-encoding": "gzip" },
    body: () => gzipSync(Buffer.alloc(1e8)),
  }),
  webhookRow("code-500", "500 with 1 MB", { code: 500, body: () => "x".repeat(1e6) }),
  webhookRow("code-301", "a redirect to itself", { code: 301, headers: { location: "/" }, body: () => "" }),
  webhookRow(
    "warnings-odd",
    "warnings that are no text",
    review({ allowed: true, warnings: [null, 5, {}, ["a"]] }),
  ),
  webhookRow(
    "warnings-lines",
    "warnings with line ends and what no header takes",
    review({ allowed: true, warnings: ["a\r\nX-Evil: 1", "ü→\u0000", "\ud800"] }),
  ),
  webhookRow(
    "warnings-many",
    "20,000 warnings",
    review({ allowed: true, warnings: Array.from({ length: 20_000 }, (_, i) => `warning ${i}`) }),
  ),
  webhookRow("warning-1mb", "a warning of 1 MB", review({ allowed: true, warnings: ["w".repeat(1e6)] })),
  webhookRow(
    "audit-odd",
    "audit annotations that are no text",
    review({ allowed: true, auditAnnotations: { a: 5, __proto__: {} } }),
  ),
];

const patched = (patch: unknown) =>
  review({
    allowed: true,
    patchType: "JSONPatch",
    patch: Buffer.from(typeof patch === "string" ? patch : JSON.stringify(patch)).toString("base64"),
  });

const mutation = (id: string, what: string, answer: OddAnswer) => webhookRow(id, what, answer, "Mutating");

const copies = (from: string, to: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ op: "copy", from, path: `${to}${i}` }));

const patches: readonly Row[] = [
  mutation(
    "patch-number",
    "a patch that is a number",
    review({ allowed: true, patchType: "JSONPatch", patch: 5 }),
  ),
  mutation(
    "patch-text",
    "a patch that is not base64",
    review({ allowed: true, patchType: "JSONPatch", patch: "%%%" }),
  ),
  mutation("patch-object", "a patch that is an object", patched({ op: "add" })),
  mutation("patch-type", "a patch type that there is not", {
    ...review({ allowed: true, patchType: "Bogus", patch: "W10=" }),
  }),
  mutation(
    "patch-root",
    "a patch that replaces everything by 5",
    patched([{ op: "replace", path: "", value: 5 }]),
  ),
  mutation(
    "patch-null",
    "a patch that replaces everything by null",
    patched([{ op: "replace", path: "", value: null }]),
  ),
  mutation(
    "patch-no-metadata",
    "a patch that removes metadata",
    patched([{ op: "remove", path: "/metadata" }]),
  ),
  mutation(
    "patch-metadata-list",
    "a patch that makes a list of metadata",
    patched([{ op: "replace", path: "/metadata", value: [] }]),
  ),
  mutation(
    "patch-labels",
    "a patch that makes a number of labels",
    patched([{ op: "add", path: "/metadata/labels", value: 5 }]),
  ),
  mutation(
    "patch-name",
    "a patch that changes name, namespace and kind",
    patched([
      { op: "replace", path: "/metadata/name", value: "evil" },
      { op: "replace", path: "/metadata/namespace", value: "kube-system" },
      { op: "replace", path: "/kind", value: "ConfigMap" },
    ]),
  ),
  mutation(
    "patch-version",
    "a patch that sets the revision and the uid",
    patched([
      { op: "add", path: "/metadata/resourceVersion", value: "5" },
      { op: "add", path: "/metadata/uid", value: {} },
    ]),
  ),
  mutation(
    "patch-deep",
    "a patch that adds 6,000 brackets",
    patched(`[{"op":"add","path":"/spec/d","value":${nested(6_000)}}]`),
  ),
  mutation(
    "patch-deep-metadata",
    "a patch that adds annotations 6,000 deep",
    patched(`[{"op":"add","path":"/metadata/annotations","value":${nested(6_000, "objects")}}]`),
  ),
  mutation("patch-copies-24", "a patch that doubles 24 times", patched(copies("/spec", "/spec/n", 24))),
  mutation(
    "patch-1mb-copies",
    "a patch that adds 1 MB and copies it 100 times",
    patched([{ op: "add", path: "/spec/b", value: "x".repeat(1e6) }, ...copies("/spec/b", "/spec/n", 100)]),
  ),
];

const configured = (id: string, what: string, more: object) =>
  webhookRow(id, what, review({ allowed: true }), "Validating", more);

const conditions = (expression: string) => ({ matchConditions: [{ name: "c", expression }] });

/** Configurations that cost the client that writes. Those that are refused are as good as played. */
const costly: readonly Row[] = [
  configured(
    "condition-matches",
    "behind a match condition with a catastrophic pattern",
    conditions(`"${"a".repeat(40)}!".matches("^(a+)+$")`),
  ),
  configured(
    "condition-lists",
    "behind a match condition that walks a list in a list",
    conditions(
      "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a+b+c+d+e+f > 0))))))",
    ),
  ),
  configured("selector-100000", "behind a selector with 100,000 values", {
    objectSelector: {
      matchExpressions: [
        { key: "a", operator: "NotIn", values: Array.from({ length: 100_000 }, (_, i) => `v${i}`) },
      ],
    },
  }),
].map(({ prepare, ...row }) => ({
  ...row,
  play: async (attacker) => {
    const refused = await prepare?.(attacker).then(
      () => undefined,
      (error: Error) => error,
    );
    if (refused !== undefined) return { answer: / answers (\d+)/.exec(refused.message)?.[1] ?? "none" };
    return row.play(attacker);
  },
}));

export const WEBHOOK_ROWS: readonly Row[] = [...statuses, ...bodies, ...patches, ...costly];
