import { expect, test } from "vitest";
import { API_VERSION, type SubnetClaim } from "../../api/index.ts";
import { ManualClock } from "../../kernel/index.ts";
import type { Fleet } from "./fleet.ts";
import { type FleetSource, untilSettled } from "./settling.ts";

class FakeSource implements FleetSource {
  fleet: Fleet | undefined;
  readonly listeners = new Set<() => void>();

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  show(phase: "Bound" | "Pending"): void {
    const claim: SubnetClaim = {
      apiVersion: API_VERSION,
      kind: "SubnetClaim",
      metadata: { name: "a", namespace: "fleet", generation: 1 },
      spec: { poolRef: "corp", clusterID: "a" },
      status: { phase, observedGeneration: 1 },
    };
    this.fleet = { pools: [], poolClaims: [], claims: [claim] };
    for (const listener of this.listeners) listener();
  }
}

/** Starts waiting; `outcome()` is what came of it so far. */
function waitOn(source: FleetSource, patienceMs = 30_000) {
  const clock = new ManualClock();
  const controller = new AbortController();
  let outcome: unknown = "waiting";
  untilSettled(source, clock, patienceMs, controller.signal).then(
    (value) => (outcome = value),
    (reason) => (outcome = { reason }),
  );
  return { clock, controller, outcome: () => outcome };
}

test("a fleet is settled once it is complete and quiet", async () => {
  const source = new FakeSource();
  const { clock, outcome } = waitOn(source);
  await clock.advanceAsync(1000);
  source.show("Pending");
  await clock.advanceAsync(1000);
  expect(outcome()).toBe("waiting");
  source.show("Bound");
  await clock.advanceAsync(200);
  source.show("Bound");
  await clock.advanceAsync(200);
  expect(outcome()).toBe("waiting");
  await clock.advanceAsync(50);
  expect(outcome()).toBeUndefined();
  expect(source.listeners.size).toBe(0);
  expect(clock.pendingCount).toBe(0);
});

test("after the patience those without an answer are named", async () => {
  const source = new FakeSource();
  const { clock, outcome } = waitOn(source, 1000);
  source.show("Pending");
  await clock.advanceAsync(1000);
  expect(outcome()).toEqual(["SubnetClaim fleet/a"]);
  expect(source.listeners.size).toBe(0);
});

test("a fleet that is complete but never quiet is settled at the end of the patience", async () => {
  const source = new FakeSource();
  const { clock, outcome } = waitOn(source, 1000);
  for (let i = 0; i < 10; i++) {
    source.show("Bound");
    await clock.advanceAsync(100);
  }
  expect(outcome()).toBeUndefined();
});

test("waiting ends with the signal", async () => {
  const source = new FakeSource();
  const { clock, controller, outcome } = waitOn(source);
  controller.abort("enough");
  await clock.advanceAsync(0);
  expect(outcome()).toEqual({ reason: "enough" });
  expect(clock.pendingCount).toBe(0);
});
