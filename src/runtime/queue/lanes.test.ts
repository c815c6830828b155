import { expect, test } from "vitest";
import { seededRandom } from "../../kernel/index.ts";
import { type LaneMember, Lanes, LIVE_IN_A_ROW } from "./lanes.ts";

interface Named extends LaneMember {
  readonly name: string;
}

const named = (name: string): Named => ({ name, lane: undefined, group: "" });

function takeAll(lanes: Lanes<Named>): string[] {
  const names: string[] = [];
  for (let member = lanes.take(); member !== undefined; member = lanes.take()) names.push(member.name);
  return names;
}

test("what happens now goes before what a list brought up, and each lane keeps its order", () => {
  const lanes = new Lanes<Named>();
  for (const name of ["l1", "l2"]) lanes.put(named(name), "backlog");
  for (const name of ["n1", "n2"]) lanes.put(named(name), "live");
  expect(lanes.length).toBe(4);
  expect(takeAll(lanes)).toEqual(["n1", "n2", "l1", "l2"]);
  expect(lanes.length).toBe(0);
});

test("a member of the backlog that something happens to moves up, and stands there once", () => {
  const lanes = new Lanes<Named>();
  const [first, second] = [named("first"), named("second")];
  lanes.put(first, "backlog");
  lanes.put(second, "backlog");
  lanes.put(second, "live");
  lanes.put(second, "live");
  lanes.put(second, "backlog");
  expect(lanes.length).toBe(2);
  expect(takeAll(lanes)).toEqual(["second", "first"]);
  lanes.put(second, "backlog");
  expect(takeAll(lanes)).toEqual(["second"]);
});

test("a live lane that never ends does not starve the backlog", () => {
  const lanes = new Lanes<Named>();
  lanes.put(named("listed"), "backlog");
  for (let taken = 0; taken < LIVE_IN_A_ROW; taken++) {
    lanes.put(named("live"), "live");
    expect(lanes.take()?.name).toBe("live");
  }
  lanes.put(named("live"), "live");
  expect(lanes.take()?.name).toBe("listed");
});

test("whatever the order of puts and takes, the length is what can be taken, each member once", () => {
  const random = seededRandom(11);
  const lanes = new Lanes<Named>();
  const members = Array.from({ length: 20 }, (_, i) => named(String(i)));
  const inside = new Set<Named>();
  for (let step = 0; step < 20_000; step++) {
    const member = members[Math.floor(random.next() * members.length)] as Named;
    const choice = random.next();
    if (choice < 0.5) {
      lanes.put(member, choice < 0.2 ? "live" : "backlog");
      inside.add(member);
    } else {
      const taken = lanes.take();
      expect(taken === undefined ? inside.size === 0 : inside.delete(taken)).toBe(true);
    }
    expect(lanes.length).toBe(inside.size);
  }
});
