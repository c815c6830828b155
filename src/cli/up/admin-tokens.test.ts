import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../kernel/index.ts";
import { followAdminTokens } from "./admin-tokens.ts";

const folder = mkdtempSync(join(tmpdir(), "plexaubnet-tokens-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "token");
const [first, second] = ["a".repeat(43), "b".repeat(43)];
let rotations = 0;
let clock: ManualClock;

function follow() {
  rotations = 0;
  clock = new ManualClock();
  return followAdminTokens({ file, current: first, clock, onRotated: () => rotations++ });
}

beforeEach(() => writeFileSync(file, `${first}\n`));

test("PS-13 a rotated token counts within a second, and the old one no more", async () => {
  const tokens = follow();
  expect([tokens.userOf(first)?.username, tokens.userOf(second)]).toEqual(["kubernetes-admin", undefined]);
  writeFileSync(file, second);
  clock.advance(1_000);
  await expect.poll(() => rotations).toBe(1);
  expect([tokens.userOf(first), tokens.userOf(second)?.username]).toEqual([undefined, "kubernetes-admin"]);
  tokens.close();
});

test.each([
  "",
  "\n",
  "short",
  "c".repeat(31),
  "\0".repeat(43),
])("PS-13 a file that holds no token (%j) is not a rotation", async (text) => {
  const tokens = follow();
  writeFileSync(file, text);
  await tokens.look();
  expect(rotations).toBe(0);
  expect(tokens.userOf(first)?.username).toBe("kubernetes-admin");
  expect([tokens.userOf(text), tokens.userOf(text.trim())]).toEqual([undefined, undefined]);
  tokens.close();
});

test("PS-13 a file that is gone is not a rotation", async () => {
  const tokens = follow();
  rmSync(file);
  await tokens.look();
  expect([rotations, tokens.userOf(first)?.username]).toEqual([0, "kubernetes-admin"]);
  tokens.close();
});
