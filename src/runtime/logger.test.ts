import { expect, test } from "vitest";
import { ManualClock } from "../kernel/index.ts";
import { createLogger } from "./logger.ts";

function setUp(level?: "debug" | "info" | "silent") {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const logger = createLogger({ clock: new ManualClock(), destination, ...(level && { level }) });
  return { lines, logger };
}

test("lines are JSON with level, time and message, and nothing of the process", () => {
  const { lines, logger } = setUp();
  logger.info({ controller: "PoolStatus", namespace: "n", name: "a" }, "it is so");
  expect(lines).toEqual([
    {
      level: "info",
      ts: "2026-01-01T00:00:00.000Z",
      controller: "PoolStatus",
      namespace: "n",
      name: "a",
      msg: "it is so",
    },
  ]);
});

test("errors come with their stack and their cause", () => {
  const { lines, logger } = setUp();
  logger.error({ err: new Error("outer", { cause: new Error("inner") }) }, "it broke");
  expect(lines[0]?.err).toMatchObject({ message: "outer", cause: { message: "inner" } });
  expect((lines[0]?.err as { readonly stack: string }).stack).toContain("logger.test.ts");
});

test("what was not asked for is not written", () => {
  const info = setUp();
  info.logger.debug("details");
  const silent = setUp("silent");
  silent.logger.fatal("the end");
  expect([info.lines, silent.lines]).toEqual([[], []]);
});

test("a line holds nothing that a terminal would obey, and means the same", () => {
  const hostile = "a\x1b]0;t\x07\u009b31m\u202eb";
  const texts: string[] = [];
  const destination = { write: (line: string) => void texts.push(line) };
  createLogger({ clock: new ManualClock(), destination }).info({ [hostile]: hostile }, hostile);
  expect(texts.join("").trimEnd()).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
  expect(JSON.parse(texts.join(""))).toMatchObject({ [hostile]: hostile, msg: hostile });
});
