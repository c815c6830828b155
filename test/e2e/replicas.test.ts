/**
 * Two replicas of the real command under leader election: killed, paused past their lease, and asked to stop.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { SUBNET_CLAIMS, SUBNETS, type SubnetClaim } from "../../src/api/index.ts";
import { createMemoryStore } from "../../src/apiserver/index.ts";
import { overlaps, parsePrefix } from "../../src/ipam/index.ts";
import { FleetWorld, NAMESPACE } from "../integration/fleet-world.ts";
import { RunProcess, writeKubeconfig } from "./run-process.ts";
import { type Scratch, scratch } from "./up-process.ts";

const LEADS = "This process is the leader";
const WAITS = "Another process is the leader";
/** As short as a busy machine can keep. */
const SHORT_LEASE = ["--lease-duration=8s", "--renew-deadline=7s", "--retry-period=300ms"];
/** Longer than any test may take: only a lease that was given back passes on. */
const LONG_LEASE = ["--lease-duration=10m", "--renew-deadline=9m", "--retry-period=300ms"];

let folder: Scratch;
let world: FleetWorld;
let kubeconfig: string;
/** No replica gets a lease written any more. */
let isLeaseSlow = false;
beforeAll(async () => {
  folder = scratch();
  world = await FleetWorld.start(createMemoryStore(), {
    faults: ({ method, path }) =>
      isLeaseSlow && method === "PUT" && path.includes("/leases/")
        ? { kind: "delay", delayMs: 60_000 }
        : undefined,
  });
  kubeconfig = writeKubeconfig(folder.path, world.server.kubeconfig());
  await world.pool("prod", "10.0.0.0/16", { defaultBlockSize: 28 });
});
afterAll(async () => {
  await world.stop();
  folder[Symbol.dispose]();
});

function replica(lease: string, timing: readonly string[]): RunProcess {
  return new RunProcess([
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect",
    `--leader-election-namespace=${NAMESPACE}`,
    `--leader-election-id=${lease}`,
    "--metrics-bind-address=0",
    ...timing,
  ]);
}

async function leaderAndFollower(lease: string, timing: readonly string[]) {
  const leader = replica(lease, timing);
  await leader.said(LEADS);
  const follower = replica(lease, timing);
  await follower.said(WAITS);
  return { leader, follower };
}

async function claimMany(prefix: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  await Promise.all(names.map((name) => world.claim(name, "prod")));
  return names;
}

function allBound(names: readonly string[]): Promise<ReadonlyMap<string, SubnetClaim>> {
  return world.untilAll(SUBNET_CLAIMS, (claims) =>
    names.every((name) => claims.get(name)?.status?.phase === "Bound"),
  );
}

/** Every block that any claim was ever recorded to have, as it is recorded. Ends with the server. */
async function followPromises(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const promised = new Map<string, Set<string>>();
  const { metadata } = await world.client.list(SUBNET_CLAIMS, { namespace: NAMESPACE });
  const from = { namespace: NAMESPACE, resourceVersion: metadata.resourceVersion };
  const events = await world.client.watch(SUBNET_CLAIMS, from);
  const follow = async () => {
    for await (const { object } of events) {
      const { metadata, status } = object as SubnetClaim;
      if (status?.allocatedCIDR === undefined) continue;
      promised.set(metadata.name, (promised.get(metadata.name) ?? new Set()).add(status.allocatedCIDR));
    }
  };
  follow().catch(() => {});
  return promised;
}

async function expectNoOverlap(): Promise<void> {
  const blocks = (await world.list(SUBNETS))
    .filter((subnet) => subnet.status?.phase === "Allocated")
    .map((subnet) => parsePrefix(subnet.spec.cidr));
  const parsed = blocks.map((block) => {
    if (!block.ok) throw new Error("a Subnet has a CIDR that cannot be read");
    return block.value;
  });
  for (const [index, block] of parsed.entries()) {
    for (const other of parsed.slice(index + 1)) expect(overlaps(block, other)).toBe(false);
  }
}

test("PX-02 the leader is killed in a burst, and the other replica serves what is left", async () => {
  const promised = await followPromises();
  const { leader, follower } = await leaderAndFollower("killed", SHORT_LEASE);
  await using _first = leader;
  await using _second = follower;
  const names = await claimMany("killed", 60);
  leader.signal("SIGKILL");
  names.push(...(await claimMany("after-kill", 20)));
  await follower.said(LEADS);
  const claims = await allBound(names);
  expect(new Set(names.map((name) => claims.get(name)?.status?.allocatedCIDR)).size).toBe(80);
  for (const name of names) expect([name, promised.get(name)?.size]).toEqual([name, 1]);
  await expectNoOverlap();
  await leader.ended;
});

test("PX-02 a leader that is paused past its lease allocates nothing when it wakes up", async () => {
  const promised = await followPromises();
  const { leader, follower } = await leaderAndFollower("paused", SHORT_LEASE);
  await using _first = leader;
  await using _second = follower;
  const names = await claimMany("paused", 60);
  leader.signal("SIGSTOP");
  await follower.said(LEADS);
  const more = claimMany("taken-over", 40);
  // In the middle of what the new leader does.
  leader.signal("SIGCONT");
  names.push(...(await more));
  expect(await leader.ended).toBe(1);
  const claims = await allBound(names);
  expect(new Set(names.map((name) => claims.get(name)?.status?.allocatedCIDR)).size).toBe(100);
  for (const name of names) expect([name, promised.get(name)?.size]).toEqual([name, 1]);
  await expectNoOverlap();
});

test("a leader that is asked to stop gives the lease back, and ends with 0", async () => {
  const { leader, follower } = await leaderAndFollower("stopped", LONG_LEASE);
  await using _first = leader;
  await using _second = follower;
  leader.signal("SIGTERM");
  expect(await leader.ended).toBe(0);
  await follower.said(LEADS);
  await world.claim("after-stop", "prod");
  await world.bound("after-stop");
});

test("a replica that waits for the lease stops at once, and ends with 0", async () => {
  const { leader, follower } = await leaderAndFollower("waiting", LONG_LEASE);
  await using _first = leader;
  await using _second = follower;
  follower.signal("SIGTERM");
  expect(await follower.ended).toBe(0);
  expect(follower.stderr).toBe("");
});

test("a second signal ends it at once, whatever it waits for", async () => {
  await using leader = replica("impatient", LONG_LEASE);
  await leader.said(LEADS);
  isLeaseSlow = true;
  leader.signal("SIGTERM");
  await leader.said("Received a signal; completing writes in progress");
  // Signals that come at once are taken for one key press.
  const insisting = setInterval(() => leader.signal("SIGTERM"), 100);
  const code = await leader.ended;
  clearInterval(insisting);
  isLeaseSlow = false;
  expect(code).toBe(130);
});
