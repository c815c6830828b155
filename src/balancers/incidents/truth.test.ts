/** What an analysis states must follow from what was seen, at the time that it was. */
import { expect, test } from "vitest";
import type { AuditRow } from "../ledger/index.ts";
import type { DriftKind, DriftRow } from "../sync/index.ts";
import { documentOf } from "./document.ts";
import type { Observation } from "./evidence.ts";
import { toHtml } from "./html.ts";
import { type Incident, moveIncident, openIncident } from "./incident.ts";
import { toMarkdown } from "./markdown.ts";

const LIFE = { cluster: "c1", quietSeconds: 600 };
const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 10, minute)).toISOString();

function row(kind: DriftKind, subject: string, more: Partial<DriftRow> = {}): DriftRow {
  const message = `${kind} of ${subject}: ${more.ledger ?? "nothing"} and ${more.cluster ?? "nothing"}.`;
  return {
    id: `${kind}:${subject}`,
    kind,
    subject,
    field: "",
    ledger: undefined,
    cluster: undefined,
    message,
    ...more,
  };
}

const ranges = (cluster: string) =>
  row("range-differs", "pool/public-c", {
    id: "range-differs:pool/public-c:addresses",
    field: "addresses",
    ledger: "10.0.0.0/28",
    cluster,
    message: `the ranges of the pool public-c differ: the ledger has 10.0.0.0/28, MetalLB ${cluster}.`,
  });
const unrecorded = row("usage-unrecorded", "service/shop/extra/192.0.2.40", { cluster: "192.0.2.40" });

function after(first: Observation, ...more: readonly Observation[]): Incident {
  return more.reduce(
    (incident, seen) => moveIncident(incident, seen, LIFE),
    openIncident("INC-1", first, LIFE),
  );
}

function auditOf(subject: string, action: string, planHash?: string): AuditRow {
  const reason = planHash === undefined ? "seen in the cluster" : "plan plan-7 (sync)";
  return {
    id: 1,
    at: at(2),
    actor: "cli:ana",
    action,
    subject,
    before: undefined,
    after: undefined,
    reason,
    planHash,
    ...{ cluster: "c1" },
  };
}

test("RC-09 values that change are collected again: the newest stands in the findings, each in the timeline", () => {
  const incident = after(
    { at: at(0), drift: [ranges("10.0.0.0/27")] },
    { at: at(1), drift: [ranges("10.0.0.0/26")] },
    { at: at(2), drift: [ranges("10.0.0.0/27")] },
    { at: at(3), drift: [ranges("10.0.0.0/26")] },
  );
  const document = documentOf(incident);
  const finding = document.findings.find(({ rule }) => rule === "range-differs");
  expect(finding?.text).toContain("MetalLB 10.0.0.0/26");
  expect(document.configuration.rows).toMatchObject([{ ledger: "10.0.0.0/28", cluster: "10.0.0.0/26" }]);
  const told = document.timeline.steps.filter(({ text }) => text.startsWith("The ranges"));
  expect(told.map((step) => [step.at, /MetalLB (\S+)\./.exec(step.text)?.[1]])).toEqual([
    [at(0), "10.0.0.0/27"],
    [at(1), "10.0.0.0/26"],
    [at(2), "10.0.0.0/27"],
    [at(3), "10.0.0.0/26"],
  ]);
});

test("RC-09 only what a plan touched was repaired; rows of a comparison about the same subject are not a repair", () => {
  const gone = { at: at(2), drift: [] };
  const ended = (audit: readonly AuditRow[]) =>
    documentOf(after({ at: at(0), drift: [unrecorded] }, { ...gone, audit }));
  const { subject } = unrecorded;
  expect(ended([]).existingCases[0]?.text).toMatch(/^Ended without a repair/);
  expect(ended([auditOf(subject, "usage.released")]).existingCases[0]?.text).toMatch(
    /^Ended without a repair/,
  );
  expect(
    ended([auditOf("service/shop/extra/192.0.2.41", "usage.active", "h")]).existingCases[0]?.text,
  ).toMatch(/^Ended without/);
  const repaired = ended([auditOf(subject, "usage.active", "h")]);
  expect(repaired.existingCases[0]?.text).toMatch(/^Repaired by the plan plan-7/);
  expect(repaired.shortTerm[0]?.status).toBe("Done");
  expect(ended([]).shortTerm[0]).toMatchObject({
    status: "To Do",
    description: expect.stringContaining("find out who did it"),
  });
});

test("RC-09 an outage that is over cites the comparison that found nothing, not the failure", () => {
  const failure = { side: "ledger", kind: "unreachable", message: "the ledger cannot be reached." };
  const incident = after(
    { at: at(0), drift: undefined, failure },
    { at: at(3), drift: [] },
    { at: at(20), drift: [] },
  );
  const { timeline, evidence, rootCauses, phases } = documentOf(incident);
  const message = new Map(evidence.map((one) => [one.id, one.message]));
  const moves = timeline.steps.filter(({ text }) => text.startsWith("The incident is"));
  expect(moves.map(({ text, evidence: ids }) => [text, ids.map((id) => message.get(id))])).toEqual([
    [
      "The incident is Investigating: a side could not be read or the read was rejected.",
      ["The ledger cannot be reached."],
    ],
    [
      "The incident is Monitoring: a comparison found none of its differences any more.",
      ["A comparison found no difference."],
    ],
    [
      "The incident is Resolved: no comparison found one of its differences for the quiet time.",
      ["A comparison found no difference."],
    ],
  ]);
  expect(rootCauses.map(({ id }) => id)).toEqual(["ledger-unavailable"]);
  expect(phases.map(({ name, at: when }) => [name, when])).toEqual([
    ["Start", undefined],
    ["Detection", at(0)],
    ["Mitigation", at(3)],
    ["Resolution", at(20)],
  ]);
});

test("RC-09 the cause names who made the pool, when, and in which mode the controller ran", () => {
  const incident = after({
    at: at(30),
    drift: [row("pool-missing-in-ledger", "pool/gpu", { cluster: "192.0.2.64/28" })],
    run: { how: "controller", mode: "observe", by: "plexaubnet-sync", heldBack: 1 },
    objects: [
      { subject: "pool/gpu", createdAt: at(2), createdBy: "kubectl-create" },
      { subject: "pool/other", createdAt: at(1), createdBy: "somebody" },
    ],
  });
  const document = documentOf(incident);
  const [cause] = document.rootCauses;
  expect(cause?.text).toContain(`gpu was created in the cluster at 2026-01-05T10:02:00Z by kubectl-create.`);
  expect(cause?.text).toContain("The controller ran in mode observe, which left 1 step undone.");
  expect(document.phases[0]).toMatchObject({ name: "Start", at: at(2) });
  expect(document.phases[1]).toMatchObject({ name: "Detection", after: "28 min" });
  expect(toMarkdown(document)).not.toContain("somebody");
  expect(toMarkdown(document)).not.toContain("never compared");
});

test("RC-09 addresses whose pool was taken away are put down to that, not to what else gives addresses", () => {
  const outside = row("ip-outside-every-pool", "service/shop/api/192.0.2.66", { cluster: "192.0.2.66" });
  const removed = row("pool-missing-in-cluster", "pool/gpu", { ledger: "192.0.2.64/28" });
  const causes = (...drift: DriftRow[]) =>
    documentOf(after({ at: at(0), drift })).rootCauses.map(({ id }) => id);
  expect(causes(outside, removed)).toEqual(["pool-removed-in-use"]);
  expect(causes(outside)).toEqual(["addresses-beside-metallb"]);
  const elsewhere = row("pool-missing-in-cluster", "pool/old", { ledger: "198.51.100.0/28" });
  expect(causes(outside, elsewhere)).toEqual(["desynchronisation", "addresses-beside-metallb"]);
});

test("RC-09 a rejected cause is one that was checked, and no cause is both", () => {
  const document = documentOf(
    after({
      at: at(0),
      drift: [unrecorded],
      lookUps: [{ ip: "192.0.2.40", result: "found", message: "the pool a holds it in 192.0.2.0/24." }],
    }),
  );
  const rejected = document.rejected.map(({ id }) => id);
  expect(rejected).toEqual(
    expect.arrayContaining(["look-up", "desynchronisation", "overlapping-pools", "ledger-unavailable"]),
  );
  for (const { id } of document.rootCauses) expect(rejected).not.toContain(id);
  const failure = { side: "ledger", kind: "unreachable", message: "the ledger cannot be reached." };
  expect(documentOf(after({ at: at(0), drift: undefined, failure })).rejected).toEqual([]);
});

test("RC-09 what differs again after it had ended is seen again", () => {
  const incident = after(
    { at: at(0), drift: [unrecorded] },
    { at: at(1), drift: [] },
    { at: at(2), drift: [unrecorded] },
  );
  const told = documentOf(incident).timeline.steps.filter(({ text }) =>
    text.startsWith("Usage-unrecorded of"),
  );
  expect(told.map((step) => step.at)).toEqual([at(0), at(2)]);
  expect(documentOf(incident).existingCases[0]?.text).toMatch(/^Open/);
  expect(documentOf(incident).lessons.wrong[0]?.text).toContain("It came back once");
});

test("RC-09 the customer's edition has no host, person, command, log line or evidence in it", () => {
  const incident = after(
    {
      at: at(0),
      drift: [row("pool-missing-in-ledger", "pool/gpu", { cluster: "192.0.2.64/28" }), unrecorded],
      refused: [
        {
          guard: "in-use",
          message: "pool/gpu would lose 192.0.2.66; free it first.",
          step: { subject: "pool/gpu" } as never,
        },
      ],
      run: { how: "controller", mode: "observe", by: "plexaubnet-sync", heldBack: 1 },
      objects: [{ subject: "pool/gpu", createdAt: at(0), createdBy: "kubectl-ana", owner: "team-ana" }],
      logs: [{ at: at(0), origin: "webhook.log:1", text: "pool record not found on db01.internal" }],
    },
    {
      at: at(1),
      drift: undefined,
      failure: {
        side: "ledger",
        kind: "unreachable",
        message: "the ledger mysql://core@db01.internal cannot be reached.",
      },
    },
    { at: at(2), drift: [], audit: [auditOf(unrecorded.subject, "usage.active", "h")] },
  );
  const text = toMarkdown(
    documentOf({
      ...incident,
      pic: "ana",
      edits: { impact: "Billing was late.", notes: [{ at: at(3), by: "cli:ana", text: "internal" }] },
    }),
    "customer",
  );
  expect(text).toContain("Billing was late.");
  expect(text).toContain("gpu");
  for (const inner of [
    "db01",
    "ana",
    "cli:",
    "plexaubnet",
    "webhook",
    "plan-7",
    "E-1",
    "Run ",
    "free it",
    "internal",
    "observe",
    "observed",
  ]) {
    expect(text, inner).not.toContain(inner);
  }
});

test("RC-08 what stopped several steps for one reason is printed once", () => {
  const message = "6 deletions of this kind in one round are more than 5; look at them.";
  const refused = ["shop/a1/192.0.2.1", "shop/a2/192.0.2.2"].map(
    (name) => ({ guard: "too-many-deletions", message, step: { subject: `service/${name}` } }) as never,
  );
  const text = toMarkdown(documentOf(after({ at: at(0), drift: [unrecorded], refused })));
  expect(text).toContain(message);
  for (const line of text.split("\n")) expect(line.split(message).length, line).toBeLessThan(3);
});

test("RC-08 several look-ups without an answer are counted in words that there are", () => {
  const lookUps = ["192.0.2.66", "192.0.2.67"].map(
    (ip) => ({ ip, result: "not-found", message: `no pool of the ledger holds ${ip}.` }) as const,
  );
  const text = toMarkdown(documentOf(after({ at: at(0), drift: [unrecorded], lookUps })));
  expect(text).toContain("The pool of 2 addresses in use was looked up");
});

test("RC-09 what a comparison found of other incidents is not denied, and rejects nothing", () => {
  const incident = after(
    { at: at(0), drift: [unrecorded], beside: ["pool-missing-in-cluster"] },
    { at: at(2), drift: [], beside: ["pool-missing-in-cluster"] },
  );
  const { rejected, evidence } = documentOf(incident);
  expect(rejected.map(({ id }) => id)).not.toContain("desynchronisation");
  expect(evidence.map(({ message }) => message)).not.toContain("A comparison found no difference.");
  expect(evidence.at(-1)?.message).toBe(
    "A comparison found nothing of this incident any more; of others it found 1 pool that MetalLB does not have.",
  );
});

test("RC-09 people read times to the second, and programs in full", () => {
  const incident = after({ at: at(0), drift: [ranges("10.0.0.0/27")] }, { at: at(3), drift: [] });
  const document = documentOf(incident);
  expect(document.phases[1]).toMatchObject({ name: "Detection", at: "2026-01-05T10:00:00.000Z" });
  for (const edition of ["internal", "customer"] as const) {
    for (const text of [toMarkdown(document, edition), toHtml(document, edition)]) {
      expect(text).toContain("2026-01-05T10:00:00Z");
      expect(text).not.toMatch(/:\d\d\.\d/);
    }
  }
});
