import { expect, test } from "vitest";
import { BLOCK_LIFE_LABEL, recordLabels, recordOf, type SubnetClaim } from "../../api/index.ts";
import { formatPrefix } from "../../ipam/index.ts";
import { claim } from "../../operator/testing/objects.ts";
import { readable } from "../backup/fleet-lookup.ts";
import { reminderFor } from "./create-objects.ts";

const block = readable("10.0.7.0/24");
if (block === undefined) throw new Error("it is readable");

/** As it stands in a backup: the record of a life before. */
const restored = claim("web", "corp", {
  metadata: { labels: recordLabels(claim("web", "corp"), block, "uold") },
});

/** What a claim that is there would get. */
function told(live: SubnetClaim): string | undefined {
  const labels = reminderFor(live, restored, block as NonNullable<typeof block>);
  if (labels === undefined) return undefined;
  const record = recordOf({ ...live, metadata: { ...live.metadata, labels } });
  return record && `${formatPrefix(record.block)} of ${record.life}`;
}

const recording = (cidr: string, life: string) => {
  const prefix = readable(cidr);
  if (prefix === undefined) throw new Error(cidr);
  return claim("web", "corp", { metadata: { labels: recordLabels(claim("web", "corp"), prefix, life) } });
};

test("a claim without a block is shown which one it had, whatever it has asked for meanwhile", () => {
  expect(told(claim("web", "corp"))).toBe("10.0.7.0/24 of uold");
  expect(told(recording("10.0.0.0/24", "uuid-web"))).toBe("10.0.7.0/24 of uold");
  // To ask for it is less than to remember it.
  expect(told(recording("10.0.7.0/24", "uuid-web"))).toBe("10.0.7.0/24 of uold");
});

test("one that has a block, or remembers this one, is left alone", () => {
  expect(
    told(claim("web", "corp", { status: { phase: "Bound", allocatedCIDR: "10.0.0.0/24" } })),
  ).toBeUndefined();
  expect(
    told(claim("web", "corp", { status: { phase: "Error", allocatedCIDR: "10.0.0.0/24" } })),
  ).toBeUndefined();
  expect(told(recording("10.0.7.0/24", "older"))).toBeUndefined();
});

test("a record of its present life would be a mere wanted, so another one is named", () => {
  const live = claim("web", "corp", { metadata: { uid: "old" } });
  const labels = reminderFor(live, restored, block as NonNullable<typeof block>);
  expect(labels?.[BLOCK_LIFE_LABEL]).toBe("restored");
});
