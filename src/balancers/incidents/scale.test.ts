import { expect, test } from "vitest";
import type { AuditRow } from "../ledger/index.ts";
import type { DriftRow } from "../sync/index.ts";
import { documentOf } from "./document.ts";
import { toHtml } from "./html.ts";
import { moveIncident, openIncident } from "./incident.ts";
import { toMarkdown } from "./markdown.ts";

const LIFE = { cluster: "c1", quietSeconds: 600 };
const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 10, minute)).toISOString();

function usages(count: number): DriftRow[] {
  return Array.from({ length: count }, (_, n): DriftRow => {
    const ip = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    const subject = `service/team-${n % 50}/svc-${n}/${ip}`;
    const message = `the Service team-${n % 50}/svc-${n} uses ${ip}, and no usage of it is recorded.`;
    return {
      id: `usage-unrecorded:${subject}`,
      kind: "usage-unrecorded",
      subject,
      field: "",
      ledger: "discovered",
      cluster: ip,
      message,
    };
  });
}

/** An incident of so many, repaired by one plan. */
function repaired(count: number) {
  const drift = usages(count);
  const audit = drift.map(({ subject }, id): AuditRow => {
    return {
      id,
      at: at(2),
      actor: "cli:ana",
      action: "usage.active",
      subject,
      before: undefined,
      after: undefined,
      reason: "plan plan-7 (sync)",
      planHash: "h",
      ...{ cluster: "c1" },
    };
  });
  const lookUps = drift
    .slice(0, 20)
    .map(({ cluster: ip = "" }) => ({ ip, result: "found", message: "the pool a holds it in 10.0.0.0/8." }));
  const incident = openIncident("INC-1", { at: at(0), drift, lookUps }, LIFE);
  return moveIncident(incident, { at: at(2), drift: [], audit }, LIFE);
}

test("RC-07 a hundred thousand load balancers are a document of at most 400 lines, and an incident of a few kilobytes beside their IDs", () => {
  const incident = repaired(100_000);
  expect(incident.evidence.length).toBeLessThan(40);
  const document = documentOf(incident);
  const text = toMarkdown(document);
  expect(text.split("\n").length).toBeLessThanOrEqual(400);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(2_000);
  expect(JSON.stringify(incident.evidence).length).toBeLessThan(20_000);
  expect(toHtml(document).length).toBeLessThan(60_000);
  expect(text).toContain("100,000 addresses in use without a usage record");
  expect(text).toContain("2,000 in the namespace team-0");
  expect(document.existingCases).toHaveLength(1);
  expect(document.existingCases[0]?.text).toMatch(/^Repaired by the plan plan-7: 100,000/);
  expect(document.shortTerm[0]?.status).toBe("Done");
});

test("RC-07 fifty load balancers are summarised, and no sentence is followed by fifty IDs", () => {
  const text = toMarkdown(documentOf(repaired(50)));
  expect(text.split("\n").length).toBeLessThanOrEqual(300);
  for (const [ids = ""] of text.matchAll(/\[(?:observed|inferred): [^\]]*\]/g))
    expect(ids.split(",").length).toBeLessThan(12);
});

test("RC-07 incidents that were kept row by row before are summarised as well", () => {
  const incident = openIncident("INC-1", { at: at(0), drift: usages(3) }, LIFE);
  const evidence = Array.from({ length: 20_000 }, (_, n) => {
    const subject = `service/team-${n % 50}/svc-${n}/10.0.${n >> 8}.${n & 255}`;
    return {
      id: `E-${n + 1}`,
      at: at(0),
      source: "comparison" as const,
      kind: "usage-unrecorded",
      subject,
      message: `${subject} differs.`,
    };
  });
  const text = toMarkdown(documentOf({ ...incident, evidence, openDrift: [] }));
  expect(text.split("\n").length).toBeLessThanOrEqual(400);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(2_000);
});

test("RC-07 a row that goes or comes among very many is reported as one", () => {
  const drift = usages(200);
  const incident = openIncident("INC-1", { at: at(0), drift }, LIFE);
  const fewer = moveIncident(incident, { at: at(1), drift: drift.slice(1) }, LIFE);
  const same = moveIncident(fewer, { at: at(2), drift: drift.slice(1) }, LIFE);
  expect(same).toBe(fewer);
  expect(fewer.evidence.slice(incident.evidence.length).map(({ kind }) => kind)).toEqual([
    "ended",
    "compared",
  ]);
});

test("RC-07 an incident that comes and goes for days is kept in bounds, and its newest values with it", () => {
  const [row] = usages(1);
  if (row === undefined) throw new Error("there is no row");
  let incident = openIncident("INC-1", { at: at(0), drift: [row] }, LIFE);
  for (let minute = 1; minute <= 2_400; minute++) {
    incident = moveIncident(incident, { at: at(minute), drift: minute % 2 === 0 ? [row] : [] }, LIFE);
  }
  expect(incident.evidence.length).toBeLessThanOrEqual(2_000);
  expect(new Set(incident.evidence.map(({ id }) => id)).size).toBe(incident.evidence.length);
  const document = documentOf(incident);
  expect(document.existingCases[0]?.text).toMatch(/^Open/);
  expect(document.timeline.steps.at(-1)?.at).toBe(at(2_400));
  expect(toMarkdown(document).split("\n").length).toBeLessThanOrEqual(400);
});
