import { afterEach, expect, test, vi } from "vitest";
import type { ChangeEvent } from "./answers.ts";
import { gathered, isConcerned, merged } from "./live-queries.ts";

const change = (...pools: string[]): ChangeEvent => ({ pools, kinds: ["Subnet"], activity: [] });

afterEach(() => {
  vi.useRealTimers();
});

test("CN-07 a change makes the map of its pool stale, and no other map", () => {
  expect(isConcerned(["map", { namespace: "fleet", pool: "corp" }], change("fleet/corp"))).toBe(true);
  expect(isConcerned(["map", { namespace: "lab", pool: "corp" }], change("fleet/corp"))).toBe(false);
  expect(isConcerned(["claims", {}], change("fleet/corp"))).toBe(true);
  expect(isConcerned(["balancers", {}], change("fleet/corp"))).toBe(false);
  expect(isConcerned(["map", { namespace: "lab", pool: "x" }], { ...change(), everything: true })).toBe(true);
});

test("CN-07 the first change is shown at once, and a burst of them once more", () => {
  vi.useFakeTimers();
  const shown: ChangeEvent[] = [];
  const act = gathered((event) => shown.push(event), 200);
  act(change("a/a"));
  expect(shown).toHaveLength(1);
  for (let index = 0; index < 100; index++) act(change(`a/${index % 3}`));
  expect(shown).toHaveLength(1);
  vi.advanceTimersByTime(200);
  expect(shown).toHaveLength(2);
  expect(shown[1]?.pools).toEqual(["a/0", "a/1", "a/2"]);
  vi.advanceTimersByTime(1000);
  act(change("a/b"));
  expect(shown).toHaveLength(3);
});

test("CN-07 what says that everything changed is not lost among others", () => {
  expect(merged([change("a/a"), { ...change(), everything: true }]).everything).toBe(true);
  expect(merged([change("a/a")]).everything).toBeUndefined();
});
