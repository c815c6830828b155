/**
 * When two values of a list count as the same for `distinct`, `indexOf` and the sets: texts and numbers by value,
 * all others by their JSON.
 */
import { spend } from "../../../work-budget.ts";
import { RAW } from "./metering.ts";

/** Something to put into a Set or a Map in place of the value. */
export function identityOf(value: unknown): unknown {
  spend(4);
  if (typeof value !== "object" || value === null) return value;
  // A text with this beginning is not JSON: no other value has this identity.
  return `\u0000${JSON.stringify(value, plain)}`;
}

function plain(_key: string, member: unknown): unknown {
  spend(1);
  if (typeof member === "bigint") return `\u0000${member}n`;
  if (typeof member !== "object" || member === null) return member;
  if (member instanceof Map) return sorted(member);
  if (RAW in member) return member[RAW];
  return member;
}

function sorted(map: ReadonlyMap<unknown, unknown>): readonly unknown[] {
  return [...map].map(([key, value]) => [String(key), value] as const).sort(([a], [b]) => (a < b ? -1 : 1));
}
