import { expect, test } from "vitest";
import { readPlanText } from "./plan-text.ts";

const PLAN = {
  ...{ id: "plan-1", hash: "h", cluster: "c", mode: "sync", createdAt: "2026-01-01T00:00:00Z" },
  ...{ drift: [], heldBack: [], refused: [] },
  steps: [
    {
      ...{ id: "1", driftId: "d", subject: "pool/a", side: "ledger", does: "pool-create" },
      after: { name: "a", ranges: [']]}}\\"[['] },
    },
  ],
  basis: { ledger: {}, cluster: {} },
};

test("RC-04 a plan is read as it was written", () => {
  expect(readPlanText(JSON.stringify(PLAN, null, 2))).toEqual({ ok: true, value: PLAN });
});

const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

test.each([
  ["nothing", "", "not JSON"],
  ["half of a plan", JSON.stringify(PLAN).slice(0, -5), "not JSON"],
  ["null", "null", "not an object"],
  ["a list", "[]", "not an object"],
  ["without a name", JSON.stringify({ ...PLAN, id: 7 }), "id is not text"],
  ["with steps that are none", JSON.stringify({ ...PLAN, steps: [null] }), "steps is not a list of objects"],
  [
    "with a step that nobody knows",
    JSON.stringify({ ...PLAN, steps: [{ ...PLAN.steps[0], does: "pool-burn" }] }),
    "steps has a step that is incomplete",
  ],
  [
    "with a step without its pool",
    JSON.stringify({ ...PLAN, heldBack: [{ ...PLAN.steps[0], after: undefined }] }),
    "heldBack has a step that is incomplete",
  ],
  ["with drift that is none", JSON.stringify({ ...PLAN, drift: "x" }), "drift is not a list of objects"],
  ["with half of a basis", JSON.stringify({ ...PLAN, basis: { ledger: {} } }), "basis does not name"],
  ["with a list for a basis", JSON.stringify({ ...PLAN, basis: [] }), "basis does not name"],
  ["nested a million times", nested(1_000_000), "more than 32 levels"],
  [
    "with a step that is nested",
    JSON.stringify(PLAN).replace('"ranges":', `"x":${nested(40)},"ranges":`),
    "32 levels",
  ],
])("RC-04 a file %s is refused in a sentence", (_, text, words) => {
  const read = readPlanText(text);
  expect(read).toMatchObject({ ok: false, error: expect.stringContaining(words) });
});
