import { describe, expect, test } from "vitest";
import { WaitingBytes } from "./waiting-bytes.ts";

function backlog(waitingBytes: number, onCut: () => void = () => undefined) {
  return { waitingBytes, cutForRoom: onCut };
}

describe("what waits for slow watchers", () => {
  test("counts once however many wait for it, until none does", () => {
    const waiting = new WaitingBytes(1_000);
    const change = {};
    for (let i = 0; i < 100; i++) waiting.add(backlog(600), change, 600);
    expect(waiting.total).toBe(600);
    for (let i = 0; i < 99; i++) waiting.remove(change);
    expect(waiting.total).toBe(600);
    waiting.remove(change);
    expect(waiting.total).toBe(0);
  });

  test("has a limit, beyond which the longest backlogs go until there is room", () => {
    const waiting = new WaitingBytes(1_000);
    const cut: string[] = [];
    const changes = [{}, {}, {}];
    const long = backlog(800, () => {
      cut.push("long");
      waiting.remove(changes[0] as object);
    });
    const short = backlog(400, () => void cut.push("short"));
    waiting.add(long, changes[0] as object, 800);
    waiting.add(short, changes[1] as object, 150);
    expect(cut).toEqual([]);
    waiting.add(short, changes[2] as object, 250);
    expect([cut, waiting.total]).toEqual([["long"], 400]);
  });
});
