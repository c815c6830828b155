import { describe, expect, test } from "vitest";
import { seededRandom } from "../../kernel/index.ts";
import { type Admittance, FairQueue } from "./fair-queue.ts";

interface Item {
  readonly seats: number;
  readonly name: string;
}

const item = (name: string, seats = 1): Item => ({ name, seats });
const anybody = (): Admittance => "yes";

/** Takes `count` items, each of which costs what `costOf` returns, and returns their names. */
function taken(queue: FairQueue<Item>, count: number, costOf: (name: string) => number): string[] {
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    const turn = queue.take(anybody);
    if (turn === undefined) break;
    names.push(turn.item.name);
    turn.charge(costOf(turn.item.name));
  }
  return names;
}

const tally = (names: readonly string[]) => Object.groupBy(names, (name) => name);

describe("a fair queue", () => {
  test("takes one user's work in order", () => {
    const queue = new FairQueue<Item>();
    for (const name of ["a", "b", "c"]) queue.push("user", "program", item(name));
    expect(taken(queue, 9, () => 1)).toEqual(["a", "b", "c"]);
    expect(queue.size).toBe(0);
  });

  test.each([1, 2, 3, 4, 5])("gives each user the same time, whatever each piece costs (seed %d)", (seed) => {
    const random = seededRandom(seed);
    const queue = new FairQueue<Item>();
    const users = ["a", "b", "c"];
    const costs = new Map(users.map((user) => [user, 0.1 + random.next() * 5]));
    for (let i = 0; i < 4_000; i++) for (const user of users) queue.push(user, "program", item(user));
    const counts = tally(taken(queue, 1_500, (name) => costs.get(name) as number));
    const times = users.map((user) => (counts[user]?.length ?? 0) * (costs.get(user) as number));
    const mean = times.reduce((sum, time) => sum + time, 0) / users.length;
    for (const time of times) expect(Math.abs(time - mean)).toBeLessThan(2 * Math.max(...costs.values()));
  });

  test("lets no user gain by many programs, and no program of one user starve another", () => {
    const queue = new FairQueue<Item>();
    for (let i = 0; i < 400; i++) {
      queue.push("flood", `program-${i % 40}`, item("flood"));
      queue.push("quiet", "kubectl", item("quiet"));
    }
    for (let i = 0; i < 100; i++) queue.push("flood", "victim", item("victim"));
    const counts = tally(taken(queue, 164, () => 1));
    expect(counts.quiet).toHaveLength(82);
    expect(counts.victim?.length).toBeGreaterThanOrEqual(2);
  });

  test("puts a newcomer before a flood, and lets no flow save up", () => {
    const queue = new FairQueue<Item>();
    for (let i = 0; i < 100; i++) queue.push("flood", "program", item("flood"));
    taken(queue, 50, () => 10);
    queue.push("new", "program", item("new"));
    expect(taken(queue, 1, () => 10)).toEqual(["new"]);
    for (let i = 0; i < 100; i++) queue.push("new", "program", item("new"));
    expect(tally(taken(queue, 20, () => 10)).flood?.length).toBeGreaterThanOrEqual(9);
  });

  test("lets what has begun go on while no seat is free", () => {
    const queue = new FairQueue<Item>();
    queue.push("a", "program", item("arrived"));
    queue.push("a", "program", item("begun", 0));
    expect(queue.take(() => "full")?.item.name).toBe("begun");
    expect(queue.take(() => "full")).toBeUndefined();
    expect(queue.size).toBe(1);
  });

  test("passes a user who has enough, but not one for whom room is being made", () => {
    const queue = new FairQueue<Item>();
    queue.push("wide", "program", item("wide", 8));
    queue.push("narrow", "program", item("narrow", 1));
    const free = 4;
    const fits = (_: string, seats: number): Admittance => (seats <= free ? "yes" : "full");
    expect(queue.take(fits)).toBeUndefined();
    const enough = (user: string): Admittance => (user === "wide" ? "user-full" : "yes");
    expect(queue.take(enough)?.item.name).toBe("narrow");
  });

  test("loses nothing, whatever comes and goes in whatever order", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seededRandom(seed);
      const queue = new FairQueue<Item>();
      let [pushed, taken] = [0, 0];
      for (let step = 0; step < 300; step++) {
        if (random.next() < 0.45) {
          pushed++;
          queue.push(`user-${Math.floor(random.next() * 3)}`, `${Math.floor(random.next() * 2)}`, item("x"));
          continue;
        }
        const turn = queue.take(anybody);
        expect(turn === undefined).toBe(pushed === taken);
        if (turn !== undefined) taken++;
        turn?.charge(random.next() * 20);
      }
      expect(queue.size).toBe(pushed - taken);
    }
  });

  test("forgets what no request waits for any more", () => {
    const queue = new FairQueue<Item>();
    const left = item("left");
    queue.push("a", "program", left);
    queue.push("a", "program", item("stays"));
    queue.remove("a", "program", left);
    queue.remove("a", "program", left);
    expect([queue.size, taken(queue, 2, () => 1), queue.size]).toEqual([1, ["stays"], 0]);
  });
});
