/**
 * That the harness notices what is done to a server, on a fake one. The attacks themselves are not a test:
 * see hostile.ts.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { loadOrCreateIdentity } from "../../src/apiserver/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { played } from "./answers.ts";
import type { Sent } from "./attacker.ts";
import { isGrave, isSlow, type Outcome, playRow } from "./play.ts";
import { wordsOf } from "./print.ts";
import type { Row } from "./row.ts";
import { Stand } from "./stand.ts";

const SCRIPT = join(import.meta.dirname, "testing", "fake-server.ts");
/** What no machine takes for a read of a few bytes. */
const NEVER_MS = 60_000;

let stand: Stand;
const identity = mkdtempSync(join(tmpdir(), "plexaubnet-fake-"));
beforeEach(() => {
  vi.stubEnv("FAKE_IDENTITY", identity);
});
beforeAll(async () => {
  vi.stubEnv("FAKE_IDENTITY", identity);
  await loadOrCreateIdentity(identity, systemKernel);
  stand = await Stand.start({ ground: "plain", script: SCRIPT, baselineReads: 3 });
});
afterAll(async () => {
  await stand.stop();
  vi.unstubAllEnvs();
  rmSync(identity, { recursive: true });
});

function play(sent: Sent, more: Partial<Row> = {}): Promise<Outcome> {
  const row: Row = {
    id: "X-test",
    kind: "http",
    what: "a test",
    limitMs: NEVER_MS,
    play: async (attacker) => played(await attacker.send(sent)),
    ...more,
  };
  return playRow(stand, row);
}

describe("an attack on a server", () => {
  test("that answers is well", async () => {
    const outcome = await play({ path: "/api" });
    expect(outcome).toMatchObject({ answer: "200", stuck: false, unanswered: false });
    expect(isGrave(outcome) || isSlow(outcome)).toBe(false);
    expect(outcome.seen).toMatchObject({ cut: 0, refused: 0 });
    expect(outcome.seen.reads).toBeGreaterThan(0);
    expect(wordsOf(outcome)).toBe("ok");
  });

  test("that makes another client wait is slow", async () => {
    const outcome = await play({ path: "/api?busy=400" }, { limitMs: 0 });
    expect(outcome.seen.longestMs).toBeGreaterThan(0);
    expect(outcome.answer).toBe("200");
    // Beyond a limit of 0 by all that the reader waited, less what its own process was held up.
    expect(isSlow({ ...outcome, seen: { ...outcome.seen, noiseMs: 0 } })).toBe(true);
    expect(wordsOf({ ...outcome, seen: { ...outcome.seen, noiseMs: 0 } })).toBe("slow");
  });

  test("that ends the process is grave, and the next row has a server again", async () => {
    const outcome = await play({ path: "/die" });
    expect(outcome.ended).toMatch(/^exit 1: Error: somebody asked for it/);
    expect(outcome.lost).toBeUndefined();
    expect(isGrave(outcome)).toBe(true);
    expect(await play({ path: "/api" })).toMatchObject({ answer: "200" });
  });

  test("after which it does not start again has lost everything", async () => {
    const outcome = await play(
      { path: "/die" },
      {
        play: async (attacker) => {
          await attacker.send({ path: "/break" });
          return played(await attacker.send({ path: "/die" }));
        },
      },
    );
    expect(outcome.lost).toBe("does not start again: it is broken");
    expect(await play({ path: "/api" })).toMatchObject({ answer: "200" });
  });

  test("that loses what was acknowledged is noticed, while it lives", async () => {
    const outcome = await play({ path: "/forget" });
    expect(outcome.ended).toBeUndefined();
    expect(outcome.lost).toMatch(/^keeper-/);
    expect(isGrave(outcome)).toBe(true);
  });

  test("that takes no writes any more is grave", async () => {
    const outcome = await play({ path: "/close" });
    expect(outcome.disabled).toBe("503 no more writes");
    expect(isGrave(outcome)).toBe(true);
    expect(await play({ path: "/api" })).toMatchObject({ answer: "200" });
  });

  test("that never answers is cut off: stuck when no client is served, else only that", async () => {
    const silent = await play({ path: "/never" }, { cutOffMs: 300 });
    expect(silent).toMatchObject({ unanswered: true, stuck: false, answer: "none" });
    const stuck = await play({ path: "/api?busy=600000" }, { cutOffMs: 300 });
    expect(stuck).toMatchObject({ unanswered: true, stuck: true });
    expect(isGrave(stuck)).toBe(true);
  });

  test("that cannot be prepared is not played", async () => {
    const prepare = async () => {
      throw new Error("there is no such thing");
    };
    const outcome = await play({ path: "/die" }, { prepare });
    expect(outcome).toMatchObject({ unplayed: "there is no such thing", answer: "" });
    expect(isGrave(outcome)).toBe(false);
    expect(wordsOf(outcome)).toBe("NOT PLAYED: there is no such thing");
  });

  test("whose answer is a 500, or none, is a fault", async () => {
    const answer = { code: 500, text: '{"message":"oops"}', size: 18, headers: {} };
    expect(played(answer)).toEqual({ answer: "500", fault: "500: oops" });
    expect(played({ ...answer, code: 503 })).toEqual({ answer: "503" });
    expect(played({ ...answer, code: 0, error: "ECONNRESET" }).fault).toBe("no answer: ECONNRESET");
    expect(played({ ...answer, code: 422, size: 1e6 }).fault).toBe("a refusal of 977 KiB");
    expect(played({ ...answer, code: 201 }, { ...answer, code: 201 })).toEqual({ answer: "201×2" });
  });
});
