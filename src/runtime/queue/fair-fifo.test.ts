import { expect, test } from "vitest";
import { FairFifo } from "./fair-fifo.ts";

function takeAll(queue: FairFifo<string>): string[] {
  const taken: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) taken.push(item);
  return taken;
}

test("groups take turns, and each keeps its order", () => {
  const queue = new FairFifo<string>();
  for (const item of ["a1", "a2", "a3", "b1", "b2", "c1"]) queue.push(item, item.charAt(0));
  expect(queue.length).toBe(6);
  expect(takeAll(queue)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
  expect(queue.length).toBe(0);
});

test("one of a new group waits for one of each other group, however many those have", () => {
  const queue = new FairFifo<string>();
  for (let i = 0; i < 1_000; i++) queue.push(`many-${i}`, "many");
  queue.shift();
  queue.push("one", "few");
  expect([queue.shift(), queue.shift()]).toEqual(["many-1", "one"]);
});

test("a group that fell empty comes back at the end of the turns", () => {
  const queue = new FairFifo<string>();
  queue.push("a1", "a");
  queue.push("b1", "b");
  queue.push("b2", "b");
  expect(queue.shift()).toBe("a1");
  queue.push("a2", "a");
  expect(takeAll(queue)).toEqual(["b1", "a2", "b2"]);
});
