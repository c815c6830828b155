import { expect, test } from "vitest";
import { parseStored } from "./stored-json.ts";

test("RC-04 RC-08 what an earlier version stored is read under the names of this one, in the same order", () => {
  const stored = {
    id: "inc-1",
    evidence: [{ id: "E-1", says: 'the note "because": none', facts: { ip: "192.0.2.1" } }],
    moves: [{ at: "2026-01-01T00:00:00Z", to: "Investigating", because: "something differs" }],
    openDrift: ["says", "because"],
  };
  expect(JSON.stringify(parseStored(JSON.stringify(stored, undefined, 2)))).toBe(
    JSON.stringify({
      id: "inc-1",
      evidence: [{ id: "E-1", message: 'the note "because": none', facts: { ip: "192.0.2.1" } }],
      moves: [{ at: "2026-01-01T00:00:00Z", to: "Investigating", message: "something differs" }],
      openDrift: ["says", "because"],
    }),
  );
  expect(parseStored("null")).toBeNull();
});
