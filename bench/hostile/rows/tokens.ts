/** F, H: tokens, reviews and rights in forms that no server issued, and roles that are large. */
import { codesOf, played } from "../answers.ts";
import { post } from "../any-kind.ts";
import type { Answer, Sent } from "../attacker.ts";
import { type Row, TARGET_MS } from "../row.ts";
import { nested } from "./depth.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const base64 = (text: string) => Buffer.from(text).toString("base64url");
const ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default/token";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

function tokenRow(id: string, what: string, all: () => readonly Sent[]): Row {
  return {
    id: `T-${id}`,
    kind: "tokens",
    what,
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const answers: Answer[] = [];
      for (const sent of all()) answers.push(await attacker.send(sent));
      return played(...answers);
    },
  };
}

const jwt = (header: string, payload: string, signature = "AAAA") =>
  `${base64(header)}.${base64(payload)}.${signature}`;
const ES256 = '{"alg":"ES256","typ":"JWT"}';
const with256 = (token: string): Sent => ({ path: "/api", token });
const request = (spec: unknown): Sent =>
  post(ACCOUNT, { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec });
const review = (spec: unknown): Sent =>
  post("/apis/authentication.k8s.io/v1/tokenreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec,
  });
const access = (spec: unknown): Sent =>
  post("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec,
  });

export const TOKEN_ROWS: readonly Row[] = [
  tokenRow("deep", "tokens whose header and claims are 4,000 deep", () => [
    with256(jwt(ES256, nested(4_000))),
    with256(jwt(nested(4_000), "{}")),
    with256(jwt(`{"alg":"none"}`, `{"sub":"kubernetes-admin"}`, "")),
    with256(jwt(`{"alg":"HS256","jwk":{},"x5c":[null],"kid":"../../x"}`, `{"sub":"x"}`)),
    with256("...."),
    with256("."),
    with256("a".repeat(12_000)),
  ]),
  tokenRow("requests", "token requests for odd times and audiences", () => [
    ...[1e300, 4_294_967_296, -1, 0, 1.5, "600", null, {}, 9_007_199_254_740_991].map((expirationSeconds) =>
      request({ expirationSeconds }),
    ),
    ...[times(100_000, (i) => `a${i}`), [null], [5], "x", {}, ["x".repeat(2_000_000)]].map((audiences) =>
      request({ audiences }),
    ),
    request(null),
    request({ boundObjectRef: { kind: {}, name: [], uid: 5 } }),
  ]),
  tokenRow("reviews", "token reviews of 2.9 MB, deep and odd tokens", () => [
    ...[
      "x".repeat(2_900_000),
      `${"a.".repeat(1_000_000)}`,
      jwt(ES256, nested(1_000_000)),
      5,
      null,
      {},
      [],
    ].map((token) => review({ token })),
    review({ token: "x", audiences: times(200_000, (i) => `a${i}`) }),
    review(null),
  ]),
  tokenRow("access", "access reviews with 200,000 groups, and in odd forms", () => [
    access({
      user: "u",
      groups: times(200_000, (i) => `g${i}`),
      resourceAttributes: { verb: "get", resource: "pods" },
    }),
    access({
      user: "u",
      extra: Object.fromEntries(times(100_000, (i) => [`k${i}`, ["v"]])),
      resourceAttributes: {},
    }),
    ...[
      null,
      5,
      { user: {} },
      { user: "u", groups: 5 },
      { user: "u", resourceAttributes: 5 },
      { user: "u", resourceAttributes: {}, nonResourceAttributes: {} },
    ].map(access),
  ]),
  tokenRow("roles", "roles of 30,000 rules, and bindings of 30,000 subjects", () => [
    post(`${RBAC}/clusterroles`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "hostile-rules" },
      rules: times(30_000, (i) => ({ apiGroups: ["g.io"], resources: [`r${i}`], verbs: ["get"] })),
    }),
    post(`${RBAC}/clusterrolebindings`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "hostile-subjects" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "hostile-rules" },
      subjects: times(30_000, (i) => ({
        kind: "User",
        apiGroup: "rbac.authorization.k8s.io",
        name: `u${i}`,
      })),
    }),
    post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      spec: { namespace: "default" },
    }),
  ]),
  tokenRow("role-forms", "roles and bindings in odd forms", () => [
    ...[null, 5, {}, [null], [{ verbs: null }], [{ verbs: [5], resources: [{}], apiGroups: "x" }]].map(
      (rules, i) =>
        post(`${RBAC}/clusterroles`, {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRole",
          metadata: { name: `hostile-odd-${i}` },
          rules,
        }),
    ),
    ...[null, 5, {}, [null], [{ kind: 5 }]].map((subjects, i) =>
      post(`${RBAC}/clusterrolebindings`, {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: `hostile-odd-${i}` },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "x" },
        subjects,
      }),
    ),
    post(`${RBAC}/clusterroles`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "hostile-aggregate" },
      rules: [],
      aggregationRule: { clusterRoleSelectors: times(50_000, (i) => ({ matchLabels: { [`l${i}`]: "v" } })) },
    }),
  ]),
  {
    id: "T-reviews-3000",
    kind: "tokens",
    what: "3,000 reviews of tokens that there are not",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const answers: Answer[] = [];
      for (let i = 0; i < 3_000; i += 50) {
        answers.push(
          ...(await Promise.all(
            times(50, (n) => attacker.send(review({ token: jwt(ES256, `{"n":${i + n}}`, "A".repeat(86)) }))),
          )),
        );
      }
      return { answer: codesOf(answers) };
    },
  },
];
