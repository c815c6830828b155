import { expect, test } from "vitest";
import { inSteps, type Steps } from "./steps.ts";

function* counting(steps: number, done: number[]): Steps<string> {
  for (let i = 0; i < steps; i++) {
    done.push(i);
    yield;
  }
  return "done";
}

test("what is small is done at once, and no turn is asked for", () => {
  const done: number[] = [];
  let asked = 0;
  const worker = { giveWay: () => void asked++, isLarge: false };
  expect(inSteps(worker, counting(3, done))).toBe("done");
  expect([done, asked]).toEqual([[0, 1, 2], 0]);
});

test("what is large gives way before each step, and goes on when it may", async () => {
  const done: number[] = [];
  let asked = 0;
  const turns: (() => void)[] = [];
  const giveWay = () => {
    asked++;
    return asked === 2 ? new Promise<void>((resolve) => turns.push(resolve)) : undefined;
  };
  const result = inSteps({ giveWay, isLarge: true }, counting(3, done));
  expect([done, asked]).toEqual([[0], 2]);
  turns[0]?.();
  expect(await result).toBe("done");
  expect([done, asked]).toEqual([[0, 1, 2], 4]);
});

test("nothing more is done for a client that has gone", async () => {
  const done: number[] = [];
  const giveWay = () => {
    throw new Error("the client has gone");
  };
  await expect(inSteps({ giveWay, isLarge: true }, counting(3, done))).rejects.toThrow("the client has gone");
  expect(done).toEqual([]);
});
