/** A large sheet with faults in it: all of them are found where they are, and nothing else is. */
import { expect, test } from "vitest";
import { planOf } from "./plan/address-plan.ts";
import { objectsOf } from "./plan/objects.ts";
import { readSource } from "./read/read-source.ts";
import type { FaultKind } from "./row.ts";

const ROWS = 10_000;

/** Each kind of fault, made of a row that is right; `n` distinguishes the five of a kind. */
const PLANTS: Readonly<Record<string, (n: number) => string>> = {
  "host-bits": (n) => `10.200.${n}.7/24,active,web,planted`,
  "leading-zero": (n) => `10.201.${n}.010/32,active,web,planted`,
  "ipv4-mapped": (n) => `::ffff:10.202.${n}.0/120,active,web,planted`,
  length: (n) => `10.203.${n}.0/33,active,web,planted`,
  mask: (n) => `10.204.${n}.0/255.0.255.0,active,web,planted`,
  "range-reversed": (n) => `10.205.${n}.255-10.205.${n}.0,active,web,planted`,
  duplicate: (n) => `10.0.${n}.0/24,active,web,planted`,
  overlap: (n) => `10.0.${n}.64/26,active,somebody-else,planted`,
  orphan: (n) => `172.30.${n}.0/24,active,web,planted`,
  "half-row": (n) => `10.206.${n}.0/24`,
  "missing-block": (n) => `,active,web,planted ${n}`,
  unreadable: (n) => `10.207.${n}.x/24,active,web,planted`,
};

function sheet(): { readonly text: string; readonly planted: ReadonlyMap<number, string> } {
  const lines = ["Prefix,Status,Cluster,Remark", "10.0.0.0/8,container,,everything"];
  for (let block = 0; lines.length <= ROWS; block++) {
    const third = block % 256;
    const second = Math.floor(block / 256);
    if (third === 0) lines.push(`10.${second}.0.0/16,container,,a region`);
    lines.push(`10.${second}.${third}.0/24,active,cluster-${block % 700},"rack ${block}, ""old"""`);
  }
  const planted = new Map<number, string>();
  let at = 1_003;
  for (const [kind, make] of Object.entries(PLANTS)) {
    for (let n = 0; n < 5; n++, at += 131) {
      lines.splice(at, 0, make(n));
      planted.set(at + 1, kind);
    }
  }
  return { text: `${lines.join("\r\n")}\r\n`, planted };
}

test("PX-13 of 10,000 rows with 60 planted faults of 12 kinds, each is named with its line, and none is invented", () => {
  const { text, planted } = sheet();
  const read = readSource(new TextEncoder().encode(text), "plan.csv");
  if (!read.ok) throw new Error(read.error.problem);
  const plan = planOf(read.value.rows, { namespace: "default", isNamespaceGiven: false });
  if (!plan.ok) throw new Error(plan.error);
  const faults = [...read.value.faults, ...plan.value.faults];
  const found = new Map<number | undefined, FaultKind>(faults.map(({ origin, kind }) => [origin.line, kind]));
  expect(faults).toHaveLength(planted.size);
  expect(found).toEqual(planted);
  const { objects } = objectsOf(plan.value);
  expect(objects.length).toBe(ROWS);
});
