import { expect, test } from "vitest";
import { openTerminal } from "../screen/terminal.ts";
import { beginStage } from "./stages.ts";

function writtenBy(isTTY: boolean, counts: readonly number[], total: number): string {
  let written = "";
  const stream = { isTTY, write: (text: string) => (written += text), on: () => {}, off: () => {} };
  const stage = beginStage("restoring objects:", total, openTerminal(stream, { NO_COLOR: "1" }));
  for (const count of counts) stage.reached(count);
  stage.end();
  return written;
}

test("a pipe gets one line, and a terminal a line that counts", () => {
  expect(writtenBy(false, [1, 2], 2)).toBe("· restoring objects: 2\n");
  const lines = ["0 of 2", "1 of 2", "2 of 2"].map((count) => `\r· restoring objects: ${count}\x1b[K`);
  expect(writtenBy(true, [1, 2], 2)).toBe(`${lines.join("")}\n`);
});

test("however many there are, a terminal is written to some hundreds of times, and sees the end", () => {
  const counts = Array.from({ length: 100_000 }, (_, at) => at + 1);
  const written = writtenBy(true, counts, counts.length).split("\r");
  expect(written.length).toBeLessThan(300);
  expect(written.at(-1)).toContain("100000 of 100000");
});
