import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type ServerFixture, serverFixture } from "../../testing/server-fixture.ts";

let f: ServerFixture;
beforeAll(async () => {
  f = await serverFixture();
});
afterAll(() => f.stop());

const PATH = "/api/v1/namespaces/default/services";
const ports = [{ port: 80 }];
let serial = 0;

function post(spec: object, name = `s${serial++}`): Promise<Answer> {
  const body = { apiVersion: "v1", kind: "Service", metadata: { name }, spec };
  return f.request(PATH, { method: "POST", body });
}

const merge = (answer: Answer, spec: object) =>
  f.request(`${PATH}/${(answer.json.metadata as { name: string }).name}`, {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json" },
    body: { spec },
  });
const causes = (answer: Answer) =>
  ((answer.json.details as { causes?: { field: string; reason: string }[] }).causes ?? []).map(
    ({ field, reason }) => `${field} ${reason.replace("FieldValue", "")}`,
  );
// biome-ignore lint/suspicious/noExplicitAny: cases say what they expect of it
const specOf = (answer: Answer) => answer.json.spec as any;

describe("PX-09 the addresses of a service", () => {
  test("are of one family unless it asks for two", async () => {
    expect(specOf(await post({ ports }))).toMatchObject({
      clusterIPs: [expect.stringMatching(/^10\.96\./)],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
    });
    expect(specOf(await post({ ports, ipFamilies: ["IPv6"] }))).toMatchObject({
      clusterIP: expect.stringMatching(/^fd00:10:96::/),
      ipFamilies: ["IPv6"],
    });
    for (const ipFamilyPolicy of ["PreferDualStack", "RequireDualStack"]) {
      const dual = specOf(await post({ ports, ipFamilyPolicy, ipFamilies: ["IPv6"] }));
      expect(dual.ipFamilies).toEqual(["IPv6", "IPv4"]);
      expect(dual.clusterIPs[0]).toMatch(/^fd00:/);
      expect(dual.clusterIPs[1]).toMatch(/^10\.96\./);
      expect(dual.clusterIP).toBe(dual.clusterIPs[0]);
    }
  });

  test("belong to no two services", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => post({ ports, type: "NodePort" })));
    expect(new Set(all.map((each) => specOf(each).clusterIP)).size).toBe(8);
    expect(new Set(all.map((each) => specOf(each).ports[0].nodePort)).size).toBe(8);
  });

  test("stay when an update leaves them out, and do not change", async () => {
    const created = await post({ ports });
    const { clusterIP, clusterIPs } = specOf(created);
    expect(specOf(await merge(created, { clusterIP: null, clusterIPs: null }))).toMatchObject({
      clusterIP,
      clusterIPs,
    });
    expect(causes(await merge(created, { clusterIP: "10.96.9.9" }))).toEqual(["spec.clusterIPs[0] Invalid"]);
  });

  test("of a second family come and go with the policy", async () => {
    const created = await post({ ports });
    const dual = await merge(created, { ipFamilyPolicy: "PreferDualStack" });
    expect(specOf(dual)).toMatchObject({
      ipFamilies: ["IPv4", "IPv6"],
      clusterIPs: [specOf(created).clusterIP, expect.stringMatching(/^fd00:/)],
    });
  });

  test("are given back when it becomes an ExternalName, and allocated when it is one no longer", async () => {
    const created = await post({ ports, type: "NodePort" });
    const external = specOf(await merge(created, { type: "ExternalName", externalName: "a.example" }));
    expect(Object.keys(external).sort()).toEqual([
      "externalName",
      "internalTrafficPolicy",
      "ports",
      "sessionAffinity",
      "type",
    ]);
    expect(external.ports).toEqual([{ port: 80, protocol: "TCP", targetPort: 80 }]);
    const again = specOf(await merge(created, { type: "ClusterIP", externalName: null }));
    expect(again.clusterIP).toMatch(/^10\.96\./);
  });

  test("are none where it requests none", async () => {
    expect(specOf(await post({ ports, clusterIP: "None", selector: { a: "b" } }))).toMatchObject({
      clusterIPs: ["None"],
      ipFamilies: ["IPv4"],
    });
    // It is not known of which family the endpoints will be.
    expect(specOf(await post({ clusterIP: "None" }))).toMatchObject({
      ipFamilies: ["IPv4", "IPv6"],
      ipFamilyPolicy: "RequireDualStack",
    });
  });

  test.each<[string, object, string[]]>([
    ["no address", { clusterIP: "x" }, ["spec.clusterIPs[0] Invalid"]],
    ["out of range", { clusterIP: "192.0.2.1" }, ["spec.clusterIPs[0] Invalid"]],
    [
      "two of one family",
      { clusterIP: "10.96.1.1", clusterIPs: ["10.96.1.1", "10.96.1.2"] },
      ["spec.clusterIPs Invalid", "spec.clusterIPs[1] Invalid"],
    ],
    ["of another family", { clusterIP: "10.96.1.1", ipFamilies: ["IPv6"] }, ["spec.clusterIPs[0] Invalid"]],
    ["a family that is none", { ipFamilies: ["IPv5"] }, ["spec.ipFamilies[0] NotSupported"]],
    ["a family twice", { ipFamilies: ["IPv4", "IPv4"] }, ["spec.ipFamilies[1] Duplicate"]],
    ["a policy that is none", { ipFamilyPolicy: "Two" }, ["spec.ipFamilyPolicy NotSupported"]],
    [
      "two families in a single stack",
      { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4", "IPv6"] },
      ["spec.ipFamilyPolicy Invalid"],
    ],
  ])("cannot be %s", async (_, spec, expected) => {
    expect(causes(await post({ ports, ...spec }))).toEqual(expected);
  });
});

describe("PX-09 the ports of a service on the nodes", () => {
  test("are allocated where the type has them, and kept", async () => {
    const created = await post({ ports, type: "LoadBalancer", externalTrafficPolicy: "Local" });
    const { nodePort } = specOf(created).ports[0];
    expect(nodePort).toBeGreaterThanOrEqual(30_000);
    expect(specOf(created)).toMatchObject({
      allocateLoadBalancerNodePorts: true,
      healthCheckNodePort: expect.any(Number),
    });
    expect(specOf(await merge(created, { ports })).ports).toEqual([
      { port: 80, protocol: "TCP", targetPort: 80, nodePort },
    ]);
    const inside = specOf(await merge(created, { type: "ClusterIP" }));
    expect(inside.ports).toEqual([{ port: 80, protocol: "TCP", targetPort: 80 }]);
    expect(inside).not.toHaveProperty("externalTrafficPolicy");
    expect(inside).not.toHaveProperty("healthCheckNodePort");
  });

  test("are one for the same port of two protocols", async () => {
    const both = [
      { name: "t", port: 53, protocol: "TCP" },
      { name: "u", port: 53, protocol: "UDP" },
    ];
    const [tcp, udp] = specOf(await post({ ports: both, type: "NodePort" })).ports;
    expect(tcp.nodePort).toBe(udp.nodePort);
  });

  test("are none where no client requests them", async () => {
    const spec = { ports, type: "LoadBalancer", allocateLoadBalancerNodePorts: false };
    expect(specOf(await post(spec)).ports[0]).not.toHaveProperty("nodePort");
  });
});

test.each<[string, object, string[]]>([
  [
    "a node port out of range",
    { ports: [{ port: 80, nodePort: 80 }], type: "NodePort" },
    ["spec.ports[0].nodePort Invalid"],
  ],
  [
    "a node port of its own",
    { ports: [{ port: 80, nodePort: 30_080 }] },
    ["spec.ports[0].nodePort Forbidden"],
  ],
  [
    "an external name in capitals",
    { type: "ExternalName", externalName: "A" },
    ["spec.externalName Invalid"],
  ],
  ["no external name", { type: "ExternalName" }, ["spec.externalName Required"]],
  [
    "source ranges",
    { ports, loadBalancerSourceRanges: ["10.0.0.0/8"] },
    ["spec.LoadBalancerSourceRanges Forbidden"],
  ],
  ["an affinity that is none", { ports, sessionAffinity: "X" }, ["spec.sessionAffinity NotSupported"]],
  [
    "a policy for outsiders",
    { ports, externalTrafficPolicy: "Local" },
    ["spec.externalTrafficPolicy Invalid"],
  ],
  [
    "an internal policy that is none",
    { ports, internalTrafficPolicy: "X" },
    ["spec.internalTrafficPolicy NotSupported"],
  ],
  ["a loopback address", { ports, externalIPs: ["127.0.0.1"] }, ["spec.externalIPs[0] Invalid"]],
  ["a selector that is none", { ports, selector: { "a b": "c" } }, ["spec.selector Invalid"]],
  ["a headless balancer", { ports, type: "LoadBalancer", clusterIP: "None" }, ["spec.clusterIPs[0] Invalid"]],
])("PX-09 a service that has no business with it may not have %s", async (_, spec, expected) => {
  expect(causes(await post(spec))).toEqual(expected);
});
