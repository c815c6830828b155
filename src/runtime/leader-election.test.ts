import { beforeEach, describe, expect, test } from "vitest";
import { LostAnswerError } from "../client/index.ts";
import { formatMicroTime } from "../kernel/index.ts";
import {
  LeaderElector,
  type LeaderElectorOptions,
  type Lease,
  type LeaseSpec,
  leases,
} from "./leader-election.ts";
import { apiError } from "./testing/fake-api.ts";
import { RuntimeFixture } from "./testing/runtime-fixture.ts";

let fixture: RuntimeFixture;
let lost: string[];
let statuses: string[];

beforeEach(() => {
  fixture = new RuntimeFixture();
  lost = [];
  statuses = [];
});

function elector(identity: string, options: Partial<LeaderElectorOptions> = {}): LeaderElector {
  return new LeaderElector({
    namespace: "n",
    name: "lock",
    identity,
    client: fixture.api,
    kernel: fixture.kernel,
    logger: fixture.logger,
    onLost: () => lost.push(identity),
    onStatus: (isLeader) => statuses.push(`${identity}:${isLeader}`),
    ...options,
  });
}

/** Starts to acquire; reports whether it has. */
function campaign(candidate: LeaderElector) {
  const state = { acquired: false };
  candidate.acquire().then(
    () => {
      state.acquired = true;
    },
    () => {},
  );
  return state;
}

const lease = (spec: LeaseSpec): Lease => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { namespace: "n", name: "lock" },
  spec,
});
const spec = () => fixture.api.peek(leases, "n", "lock")?.spec as LeaseSpec | undefined;
const heldBy = (holderIdentity: string, more: LeaseSpec = {}): LeaseSpec => ({
  holderIdentity,
  leaseDurationSeconds: 15,
  acquireTime: formatMicroTime(fixture.clock.now()),
  renewTime: formatMicroTime(fixture.clock.now()),
  leaseTransitions: 1,
  ...more,
});

describe("taking the lease", () => {
  test("where there is none, one is made", async () => {
    const one = elector("one");
    await one.acquire();
    expect(one.isLeader()).toBe(true);
    const now = formatMicroTime(fixture.clock.now());
    expect(spec()).toEqual({
      holderIdentity: "one",
      leaseDurationSeconds: 15,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    });
    expect(statuses).toEqual(["one:false", "one:true"]);
  });

  test.each<[string, LeaseSpec | undefined]>([
    ["without a spec", undefined],
    ["that nobody holds", { holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 1 }],
  ])("one %s is taken at once", async (_what, held) => {
    fixture.api.put(leases, held === undefined ? { ...lease({}), spec: {} } : lease(held));
    const one = elector("one");
    await one.acquire();
    expect(spec()?.holderIdentity).toBe("one");
  });

  test("one that another renews is not taken", async () => {
    fixture.api.put(leases, lease(heldBy("other")));
    const state = campaign(elector("one"));
    for (let second = 0; second < 60; second += 10) {
      await fixture.pass(10_000);
      fixture.api.put(leases, lease(heldBy("other", { renewTime: formatMicroTime(fixture.clock.now()) })));
    }
    expect(state.acquired).toBe(false);
    expect(fixture.lines("Another process is the leader")).toHaveLength(1);
  });

  test("one that is not renewed is taken after its duration, and the transition is counted", async () => {
    fixture.api.put(leases, lease(heldBy("other")));
    const state = campaign(elector("one"));
    await fixture.pass(14_900);
    expect(state.acquired).toBe(false);
    await fixture.pass(5_000);
    expect(state.acquired).toBe(true);
    expect(spec()).toMatchObject({ holderIdentity: "one", leaseTransitions: 2 });
  });

  test("a clock that differs from the holder's changes nothing: its duration is counted from when it was seen", async () => {
    const longAgo = formatMicroTime(fixture.clock.now() - 3_600_000);
    fixture.api.put(leases, lease(heldBy("other", { renewTime: longAgo, acquireTime: longAgo })));
    const state = campaign(elector("one"));
    await fixture.pass(14_900);
    expect(state.acquired).toBe(false);
    const future = formatMicroTime(fixture.clock.now() + 3_600_000);
    fixture.api.put(leases, lease(heldBy("other", { renewTime: future })));
    await fixture.pass(14_000);
    expect(state.acquired).toBe(false);
    await fixture.pass(6_000);
    expect(state.acquired).toBe(true);
  });

  test("the holder's own duration counts, not ours", async () => {
    fixture.api.put(leases, lease(heldBy("other", { leaseDurationSeconds: 60 })));
    const state = campaign(elector("one"));
    await fixture.pass(59_000);
    expect(state.acquired).toBe(false);
    await fixture.pass(6_000);
    expect(state.acquired).toBe(true);
  });

  test("a change of the object that is not a renewal does not prolong it", async () => {
    fixture.api.put(leases, lease(heldBy("other")));
    const held = lease(heldBy("other"));
    const state = campaign(elector("one"));
    await fixture.pass(10_000);
    fixture.api.put(leases, { ...held, metadata: { ...held.metadata, labels: { touched: "yes" } } });
    await fixture.pass(10_000);
    expect(state.acquired).toBe(true);
  });

  test("one's own lease from before a restart is taken up at once, without a transition", async () => {
    fixture.api.put(leases, lease(heldBy("one", { acquireTime: "2020-01-01T00:00:00.000000Z" })));
    await elector("one").acquire();
    expect(spec()).toMatchObject({ leaseTransitions: 1, acquireTime: "2020-01-01T00:00:00.000000Z" });
  });

  test("of two that want it one gets it, and the other when the first is gone", async () => {
    const [one, two] = [elector("one"), elector("two")];
    const states = [campaign(one), campaign(two)];
    await fixture.pass(30_000);
    expect(states.map(({ acquired }) => acquired)).toEqual([true, false]);
    await one.stop();
    await fixture.pass(5_000);
    expect(states[1]?.acquired).toBe(true);
    expect([one.isLeader(), two.isLeader()]).toEqual([false, true]);
  });

  test("losing the race for it is not a failure", async () => {
    fixture.api.fault = ({ verb }) => {
      if (verb === "create") fixture.api.put(leases, lease(heldBy("other")));
      return undefined;
    };
    const state = campaign(elector("one"));
    await fixture.pass(10_000);
    expect(state.acquired).toBe(false);
  });

  test("an API that fails is tried again", async () => {
    let broken = true;
    fixture.api.fault = () => (broken ? { before: apiError(500, "InternalError") } : undefined);
    const state = campaign(elector("one"));
    await fixture.pass(60_000);
    broken = false;
    await fixture.pass(5_000);
    expect(state.acquired).toBe(true);
  });

  test("a waiter that gives up gets the reason", async () => {
    fixture.api.put(leases, lease(heldBy("other")));
    const abort = new AbortController();
    const waiting = elector("one").acquire(abort.signal);
    const told = expect(waiting).rejects.toThrow("shutting down");
    await fixture.settle();
    abort.abort(new Error("shutting down"));
    await told;
  });
});

describe("keeping the lease", () => {
  test("it is renewed every retry period, with one request", async () => {
    const one = elector("one");
    await one.acquire();
    fixture.api.requests.length = 0;
    await fixture.pass(60_000);
    expect(one.isLeader()).toBe(true);
    expect(fixture.api.log("get", "update")).toEqual(Array.from({ length: 30 }, () => "update Lease n/lock"));
    expect(spec()?.leaseTransitions).toBe(0);
  });

  test("a renewal that met a conflict is repeated on the newer state", async () => {
    const one = elector("one");
    await one.acquire();
    const held = fixture.api.peek(leases, "n", "lock") as Lease;
    fixture.api.put(leases, { ...held, metadata: { ...held.metadata, labels: { touched: "yes" } } });
    await fixture.pass(9_000);
    expect(one.isLeader()).toBe(true);
    await fixture.pass(9_000);
    expect(one.isLeader()).toBe(true);
    expect(lost).toEqual([]);
  });

  test("a renewal whose answer was lost is repeated", async () => {
    const one = elector("one");
    await one.acquire();
    let times = 0;
    fixture.api.fault = ({ verb }) =>
      verb === "update" && ++times === 1 ? { after: new LostAnswerError("broken") } : undefined;
    await fixture.pass(30_000);
    expect(one.isLeader()).toBe(true);
  });

  test("without renewals it is lost before another process can take it", async () => {
    const [one, two] = [elector("one"), elector("two")];
    const times: Record<string, number> = {};
    await one.acquire();
    void two.acquire().then(() => {
      times.taken = fixture.clock.monotonicMs();
    });
    await fixture.pass(10_000);
    fixture.api.fault = ({ body }) =>
      (body as Lease | undefined)?.spec?.holderIdentity === "one"
        ? { until: new Promise(() => {}) }
        : undefined;
    for (let step = 0; step < 300; step++) {
      await fixture.pass(100);
      if (!one.isLeader()) times.lost ??= fixture.clock.monotonicMs();
    }
    expect(lost).toEqual(["one"]);
    expect(times.taken).toBeDefined();
    expect((times.taken ?? 0) - (times.lost ?? 0)).toBeGreaterThanOrEqual(4_900);
  });

  test("a process that was paused is not the leader when it wakes up, before any timer has fired", async () => {
    const one = elector("one");
    await one.acquire();
    let asked: boolean | undefined;
    // The first timer after the pause is another one's.
    fixture.clock.setTimer(1, () => {
      const real = fixture.clock.monotonicMs.bind(fixture.clock);
      fixture.clock.monotonicMs = () => real() + 11_000;
      asked = one.isLeader();
      fixture.clock.monotonicMs = real;
    });
    fixture.clock.advance(1);
    expect(asked).toBe(false);
  });

  test("a lease that another has taken is lost at once", async () => {
    const one = elector("one");
    await one.acquire();
    fixture.api.put(leases, lease(heldBy("thief")));
    await fixture.pass(5_000);
    expect(lost).toEqual(["one"]);
    expect(one.isLeader()).toBe(false);
  });
});

describe("stopping", () => {
  test("the lease is given back, so that another takes it at once", async () => {
    const one = elector("one");
    await one.acquire();
    await one.stop();
    expect(spec()).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
    expect([one.isLeader(), lost]).toEqual([false, []]);
    const two = elector("two");
    await two.acquire();
    expect(spec()).toMatchObject({ holderIdentity: "two", leaseTransitions: 1 });
  });

  test("it is kept where that is asked for", async () => {
    const one = elector("one", { releaseOnStop: false });
    await one.acquire();
    await one.stop();
    expect(spec()?.holderIdentity).toBe("one");
  });

  test("a lease that was lost is not given back", async () => {
    const one = elector("one");
    await one.acquire();
    fixture.api.put(leases, lease(heldBy("thief")));
    await fixture.pass(5_000);
    await one.stop();
    expect(spec()?.holderIdentity).toBe("thief");
  });

  test("it is given back also when a renewal came through whose answer was not waited for", async () => {
    const one = elector("one");
    await one.acquire();
    let renewals = 0;
    // The write is carried out, and the answer is lost as that of a request that is aborted.
    fixture.api.fault = ({ verb }) =>
      verb === "update" && renewals++ === 0 ? { after: new LostAnswerError("aborted") } : undefined;
    await fixture.pass(2_000);
    expect(renewals).toBe(1);
    await one.stop();
    expect(spec()?.holderIdentity).toBe("");
  });

  test("an API that does not answer holds it up for the renew deadline at most", async () => {
    const one = elector("one");
    await one.acquire();
    fixture.api.fault = () => ({ until: new Promise(() => {}) });
    const stopping = one.stop();
    await fixture.pass(10_000);
    await stopping;
    expect(fixture.clock.pendingCount).toBe(0);
  });
});

test("durations that cannot keep two leaders apart are refused", () => {
  expect(() => elector("one", { renewDeadlineMs: 15_000 })).toThrow("lease duration");
  expect(() => elector("one", { retryPeriodMs: 9_000 })).toThrow("retry period");
  expect(() => elector("")).toThrow("identity");
});
