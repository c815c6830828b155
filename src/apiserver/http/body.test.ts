import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { drainMicrotasks } from "../../kernel/index.ts";
import { readBody } from "./body.ts";

/** A body that comes as fast as it is read. `read` counts what was. */
function bodyOf(chunks: number, headers: Record<string, string>) {
  const seen = { read: 0 };
  const stream = new Readable({
    highWaterMark: 1,
    read() {
      this.push(seen.read < chunks ? Buffer.alloc(1_000, "x") : null);
      seen.read++;
    },
  });
  const request = Object.assign(stream, { headers, complete: true }) as unknown as IncomingMessage;
  return { request, seen };
}

test("a body is read no further than its turn, and whole", async () => {
  const { request, seen } = bodyOf(5, { "content-length": "5000" });
  const turns: (() => void)[] = [];
  const giveWay = () => new Promise<void>((resolve) => turns.push(resolve));
  const body = readBody(request, giveWay);
  for (let asked = 1; asked <= 4; asked++) {
    await drainMicrotasks();
    await drainMicrotasks();
    expect(turns).toHaveLength(asked);
    // What Node reads ahead is one piece.
    expect(seen.read).toBeLessThanOrEqual(asked + 1);
    turns[asked - 1]?.();
  }
  expect((await body).length).toBe(5_000);
});

test("a body that comes in one piece waits for no turn", async () => {
  const { request } = bodyOf(1, { "content-length": "1000" });
  const giveWay = () => {
    throw new Error("not to be asked");
  };
  expect((await readBody(request, giveWay)).length).toBe(1_000);
});

test("a body whose request is over is read no further", async () => {
  const { request } = bodyOf(5, { "content-length": "5000" });
  const over = () => Promise.reject(new Error("the request is over"));
  await expect(readBody(request, over)).rejects.toThrow("the request is over");
});
