import { expect, test } from "vitest";
import { isIntact } from "./plan.ts";
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

/** As a version wrote it that named the sentences otherwise, with the hash that it made. */
const OF_BEFORE = {
  id: "p",
  createdAt: "2026-01-01T00:00:00Z",
  hash: "638e0592f70721f3e7e399b78128f7c2e43c7f3f8e92203f496c3bfd6469f480",
  cluster: "default",
  mode: "create-only",
  drift: [
    {
      id: "pool-missing-in-ledger:pool/b",
      kind: "pool-missing-in-ledger",
      subject: "pool/b",
      field: "",
      cluster: "10.1.0.0/24",
      says: "MetalLB hands out IPs from the pool b, which the ledger lacks.",
    },
    {
      id: "pool-missing-in-cluster:pool/a",
      kind: "pool-missing-in-cluster",
      subject: "pool/a",
      field: "",
      ledger: "10.0.0.0/25",
      says: "the ledger has the pool a, which MetalLB does not know.",
    },
  ],
  steps: [
    {
      id: "1",
      driftId: "pool-missing-in-ledger:pool/b",
      subject: "pool/b",
      because: "MetalLB hands out IPs from the pool b, which the ledger lacks.",
      side: "ledger",
      verb: "create",
      does: "pool-create",
      after: { name: "b", ranges: ["10.1.0.0/24"], autoAssign: true, avoidBuggyIPs: false },
    },
  ],
  heldBack: [
    {
      id: "2",
      driftId: "pool-missing-in-cluster:pool/a",
      subject: "pool/a",
      because: "the ledger has the pool a, which MetalLB does not know.",
      side: "ledger",
      verb: "delete",
      does: "pool-delete",
      before: { name: "a", ranges: ["10.0.0.0/25"], autoAssign: true, avoidBuggyIPs: false },
    },
  ],
  refused: [
    {
      step: {
        id: "3",
        driftId: "pool-missing-in-cluster:pool/a",
        subject: "pool/a",
        because: "the ledger has the pool a, which MetalLB does not know.",
        side: "ledger",
        verb: "delete",
        does: "pool-delete",
        before: { name: "a", ranges: ["10.0.0.0/25"], autoAssign: true, avoidBuggyIPs: false },
      },
      guard: "not-ours",
      says: "delete it with kubectl.",
    },
  ],
  basis: { ledger: { "pool/b": "absent" }, cluster: { "pool/b": "u/1" } },
};

test("RC-04 a plan of an earlier version is read, and an edited one is known as such", () => {
  const read = readPlanText(JSON.stringify(OF_BEFORE));
  if (!read.ok) throw new Error(read.error);
  const { drift, steps, heldBack, refused } = read.value;
  const sentences = [...drift, ...steps, ...heldBack, ...refused, ...refused.map(({ step }) => step)];
  expect(sentences.map(({ message }) => message)).not.toContain(undefined);
  expect(JSON.stringify(read.value)).not.toMatch(/"(says|because)":/);
  expect(isIntact(read.value)).toBe(true);
  expect(isIntact({ ...read.value, heldBack: [] })).toBe(false);
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
