/** What of a cluster is MetalLB's, read as MetalLB reads it. */
import { expect, test } from "vitest";
import type { LedgerPool, PoolId, Usage } from "../ledger/index.ts";
import { compare } from "./compare.ts";
import { acceptedValue, decisionSubject } from "./decisions.ts";
import type { IPAddressPool, Service } from "./metallb.ts";
import { makePlan } from "./plan.ts";
import { DEFAULT_SETTINGS, readSettings, type SyncSettings } from "./settings.ts";
import { clusterSideOf, type Sides } from "./sides.ts";

function pool(name: string, addresses: readonly string[], namespace = "metallb-system"): IPAddressPool {
  const metadata = { name, namespace, uid: `${namespace}/${name}` };
  return { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec: { addresses } };
}

function service(name: string, ip: string, more: Partial<Service["spec"]> = {}, annotations = {}): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop", uid: `uid-${name}`, annotations },
    spec: { type: "LoadBalancer", ...more },
    status: { loadBalancer: { ingress: [{ ip }] } },
  };
}

function row(name: string, ...ranges: string[]): LedgerPool {
  return { id: name as PoolId, cluster: "default", name, ranges };
}

function against(
  pools: readonly LedgerPool[],
  cluster: Sides["cluster"],
  usages: readonly Usage[] = [],
): Sides {
  return { ledger: { pools, usages }, cluster };
}

const kinds = (sides: Sides) => compare(sides).map(({ kind, subject }) => `${kind} ${subject}`);
const SHARED = { "metallb.io/allow-shared-ip": "dns" };

function planFor(sides: Sides, settings: SyncSettings = { ...DEFAULT_SETTINGS, mode: "sync" }) {
  return makePlan({ id: "p", createdAt: "", sides, drift: compare(sides), settings, unfit: () => undefined });
}

test("RC-03 a pool of another namespace is none to MetalLB, and its own namespace is a setting", () => {
  const pools = [pool("public", ["203.0.113.0/26"]), pool("public", ["10.77.0.0/24"], "shop")];
  expect(clusterSideOf(pools, []).pools.map(({ ranges }) => ranges)).toEqual([["203.0.113.0/26"]]);
  const metallb = { namespace: "shop", loadBalancerClass: "" };
  const there = clusterSideOf(pools, [], { ...DEFAULT_SETTINGS, metallb });
  expect(there.pools.map(({ ranges }) => ranges)).toEqual([["10.77.0.0/24"]]);
});

test("RC-03 a Service of a class belongs to the owner of the class", () => {
  const services = [
    service("plain", "203.0.113.1"),
    service("other", "192.0.2.9", { loadBalancerClass: "example.com/lb" }),
  ];
  const names = (loadBalancerClass: string) => {
    const metallb = { ...DEFAULT_SETTINGS.metallb, loadBalancerClass };
    return clusterSideOf([], services, { ...DEFAULT_SETTINGS, metallb }).balancers.map((one) => one.service);
  };
  expect(names("")).toEqual(["plain"]);
  expect(names("example.com/lb")).toEqual(["other"]);
});

test("RC-03 what is to be ignored is in neither side", () => {
  const ignore = { namespaces: ["lab"], services: ["shop/odd"], pools: ["test"], ranges: ["192.0.2.0/28"] };
  const services = [
    service("web", "203.0.113.1"),
    service("odd", "203.0.113.2"),
    service("far", "192.0.2.1"),
    service("try", "10.0.0.1"),
    { ...service("lab", "203.0.113.3"), metadata: { name: "lab", namespace: "lab", uid: "l" } },
  ];
  const pools = [pool("public", ["203.0.113.0/26"]), pool("test", ["10.0.0.0/24"])];
  const side = clusterSideOf(pools, services, { ...DEFAULT_SETTINGS, ignore });
  expect(side.pools.map(({ name }) => name)).toEqual(["public"]);
  expect(side.balancers.map((one) => one.service)).toEqual(["web"]);
});

test("RC-03 settings that are not settings are said at once, each with its field", () => {
  const read = readSettings({
    cluster: " c ",
    metallb: { namespace: "" },
    ignore: { ranges: ["x"], services: ["web"], pools: "public" },
  });
  expect(read).toMatchObject({
    ok: false,
    error: [
      "ignore.pools must be a list of texts.",
      expect.stringContaining("cluster is"),
      expect.stringContaining("metallb.namespace"),
      expect.stringContaining("ignore.ranges"),
      expect.stringContaining("ignore.services"),
    ],
  });
});

test("RC-03 a range with host bits is the block that they lie in, on both sides", () => {
  const cluster = clusterSideOf([pool("odd", ["198.18.0.200/28"])], [service("web", "198.18.0.193")]);
  expect(kinds(against([row("odd", "198.18.0.192/28")], cluster))).toEqual([
    "usage-unrecorded service/shop/web/198.18.0.193",
  ]);
  expect(kinds(against([row("odd", "198.18.0.201/28")], cluster))).toHaveLength(1);
  expect(planFor(against([], cluster)).steps.map(({ does }) => does)).toEqual([
    "pool-create",
    "usage-record",
  ]);
  expect(kinds(against([], clusterSideOf([pool("bad", ["198.18.0.1/33"])], [])))).toContain(
    "range-unreadable pool/bad",
  );
});

test("RC-06 two Services on one address are a difference, unless they share it by one key", () => {
  const pools = [pool("public", ["203.0.113.0/26"])];
  const of = (...services: Service[]) =>
    kinds(against([row("public", "203.0.113.0/26")], clusterSideOf(pools, services)));
  const twice = "ip-used-twice ip/203.0.113.1";
  expect(of(service("a", "203.0.113.1"), service("b", "203.0.113.1"))).toContain(twice);
  expect(of(service("a", "203.0.113.1", {}, SHARED), service("b", "203.0.113.1"))).toContain(twice);
  expect(of(service("a", "203.0.113.1", {}, SHARED), service("b", "203.0.113.1", {}, SHARED))).not.toContain(
    twice,
  );
  expect(of(service("a", "203.0.113.1"), service("b", "203.0.113.2"))).not.toContain(twice);
});

test("RC-06 what a person has accepted does not count as a difference, as long as it is as it was", () => {
  const pools = [pool("public", ["203.0.113.0/26"])];
  const of = (...services: Service[]) =>
    against([row("public", "203.0.113.0/26")], clusterSideOf(pools, services));
  const two = of(service("a", "203.0.113.1"), service("b", "203.0.113.1"));
  const found = compare(two).find(({ kind }) => kind === "ip-used-twice")!;
  const decision = {
    cluster: "default",
    kind: found.kind,
    subject: decisionSubject(found),
    choice: acceptedValue(found),
    actor: "test",
    reason: "a test",
  };
  const decided = (sides: Sides): Sides => ({ ...sides, ledger: { ...sides.ledger, decisions: [decision] } });
  expect(kinds(decided(two))).not.toContain("ip-used-twice ip/203.0.113.1");
  const three = of(service("a", "203.0.113.1"), service("b", "203.0.113.1"), service("c", "203.0.113.1"));
  expect(kinds(decided(three))).toContain("ip-used-twice ip/203.0.113.1");
});

test("RC-03 an address is the same however it is written", () => {
  const cluster = clusterSideOf([pool("six", ["2001:db8::/64"])], [service("web", "2001:DB8:0:0::1")]);
  expect(cluster.balancers.map(({ ip }) => ip)).toEqual(["2001:db8::1"]);
});
