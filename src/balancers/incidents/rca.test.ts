import { expect, test } from "vitest";
import type { DriftKind, DriftRow } from "../sync/index.ts";
import { documentOf } from "./document.ts";
import type { Observation } from "./evidence.ts";
import { toHtml } from "./html.ts";
import { moveIncident, openIncident } from "./incident.ts";
import { toMarkdown } from "./markdown.ts";
import { maskSecrets } from "./mask.ts";
import type { Statement } from "./statement.ts";

const LIFE = { cluster: "c1", quietSeconds: 600 };
const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 10, minute)).toISOString();

function row(kind: DriftKind, subject: string, message: string): DriftRow {
  return {
    id: `${kind}:${subject}`,
    kind,
    subject,
    field: "",
    ledger: undefined,
    cluster: "192.0.2.64/28",
    message,
  };
}

/** The case of the template: a Service in a pool that the ledger lacks. */
const TEMPLATE_CASE: Observation = {
  at: at(0),
  drift: [
    row(
      "pool-missing-in-ledger",
      "pool/gpu",
      "MetalLB hands out IPs from the pool gpu, which the ledger lacks.",
    ),
    row(
      "usage-unrecorded",
      "service/gpu/inference/192.0.2.64",
      "the Service gpu/inference uses 192.0.2.64, and no usage of it is recorded.",
    ),
  ],
  lookUps: [
    {
      ip: "192.0.2.64",
      result: "not-found",
      message: "no pool of the ledger holds 192.0.2.64; the nearest are public-a (203.0.113.0/26).",
    },
  ],
  logs: [
    {
      at: at(0),
      origin: "service-webhook",
      text: 'record not found: ip pool 0, dsn="mysql://app:hunter2@db/pools" password=hunter2',
    },
  ],
};

test("RC-07 the case of the template names both root causes, the look-up and the desynchronisation", () => {
  const document = documentOf(openIncident("INC-1", TEMPLATE_CASE, LIFE));
  // That usage was not recorded follows from both: without a pool there is no record.
  expect(document.rootCauses.map(({ id }) => id)).toEqual(["look-up", "desynchronisation"]);
  const text = toMarkdown(document);
  for (const section of [
    "# Root Cause Analysis: ",
    "**Date:** 2026-01-05",
    "**Status:** Investigating",
    "**Reference Ticket:**",
    "## 1. Problem Summary",
    "### Expected Behavior",
    "### Actual Behavior",
    "## 2. Analysis Conclusion",
    "## 3. Deep Analysis & Investigation",
    "### Timeline & Investigation Steps",
    "### Observations & Findings",
    "## 4. Root Cause",
    "## 5. Action Plan & Solution",
    "### Short-term Solution",
    "### Long-term Solution",
    "**PIC:**",
    "### Handling Existing Cases",
    "## 7. Not Known",
  ]) {
    expect(text).toContain(section);
  }
});

test("every sentence of an analysis begins with a capital", () => {
  const { problem, actual, timeline, findings, conclusion } = documentOf(
    openIncident("INC-1", TEMPLATE_CASE, LIFE),
  );
  const texts = [problem, actual, timeline.steps, findings, conclusion].flat().map(({ text }) => text);
  expect(texts.filter((text) => /(^|\. )[a-z]/.test(text))).toEqual([]);
});

test("RC-09 every statement cites evidence that is there, and is marked observed or inferred", () => {
  const document = documentOf(openIncident("INC-1", TEMPLATE_CASE, LIFE));
  const ids = new Set(document.evidence.map(({ id }) => id));
  const statements: readonly Statement[] = [
    ...document.problem,
    ...document.expected,
    ...document.actual,
    ...document.conclusion,
    ...document.timeline.steps,
    ...document.impact,
    ...document.rejected,
    ...document.trigger,
    ...document.counterfactual,
    ...Object.values(document.lessons).flat(),
    ...document.phases.flatMap(({ message }) => message ?? []),
    ...document.findings,
    ...document.rootCauses,
    ...document.existingCases,
  ];
  expect(statements.length).toBeGreaterThan(15);
  for (const { text, basis, evidence } of statements) {
    expect(["observed", "inferred"]).toContain(basis);
    expect(evidence.length, text).toBeGreaterThan(0);
    for (const id of evidence) expect(ids, text).toContain(id);
  }
  for (const { evidence } of [...document.shortTerm, ...document.longTerm])
    expect(evidence.length).toBeGreaterThan(0);
});

test("RC-08 the status follows what is observed, and back", () => {
  const incident = openIncident("INC-1", TEMPLATE_CASE, LIFE);
  const statusAfter = (from: typeof incident, seen: Observation) => moveIncident(from, seen, LIFE);
  const still = statusAfter(incident, { ...TEMPLATE_CASE, at: at(1) });
  expect(still).toBe(incident);
  const repaired = statusAfter(incident, { at: at(2), drift: [] });
  expect(repaired.status).toBe("Monitoring");
  expect(statusAfter(repaired, { at: at(5), drift: [] }).status).toBe("Monitoring");
  expect(statusAfter(repaired, { at: at(5), drift: TEMPLATE_CASE.drift }).status).toBe("Investigating");
  const over = statusAfter(repaired, { at: at(13), drift: [] });
  expect(over).toMatchObject({ status: "Resolved", closedAt: at(13) });
});

test("RC-08 what cannot be seen neither opens nor ends a difference", () => {
  const incident = openIncident("INC-1", TEMPLATE_CASE, LIFE);
  const failure = { side: "ledger", kind: "unreachable", message: "the ledger cannot be reached." };
  const blind = moveIncident(incident, { at: at(3), drift: undefined, failure }, LIFE);
  expect(blind).toMatchObject({ status: "Investigating", openDrift: incident.openDrift });
  expect(documentOf(blind).rootCauses[0]?.id).toBe("ledger-unavailable");
});

test("RC-08 a short-term task is done when a plan has repaired its differences; long-term ones stay in the backlog", () => {
  const incident = openIncident("INC-1", TEMPLATE_CASE, LIFE);
  expect(new Set(documentOf(incident).shortTerm.map(({ status }) => status))).toEqual(new Set(["To Do"]));
  const ends = (TEMPLATE_CASE.drift ?? []).map(({ id }) => id);
  const plan = { id: "plan-1", result: "applied", message: "the plan plan-1 was applied: 2 steps.", ends };
  const repaired = documentOf(moveIncident(incident, { at: at(2), drift: [], plan }, LIFE));
  // That callers of the look-up were changed cannot be seen from here.
  expect(repaired.shortTerm.map(({ status }) => status)).toEqual(["To Do", "Done"]);
  expect(new Set(repaired.longTerm.map(({ status }) => status))).toEqual(new Set(["Backlog"]));
  expect(repaired.existingCases[0]?.text).toMatch(/^Repaired by the plan plan-1/);
});

test("RC-08 what ended without a plan is not said to be repaired, and its task stays open", () => {
  const incident = openIncident("INC-1", TEMPLATE_CASE, LIFE);
  const over = documentOf(moveIncident(incident, { at: at(2), drift: [] }, LIFE));
  expect(over.shortTerm.map(({ status }) => status)).toEqual(["To Do", "To Do"]);
  expect(over.existingCases[0]?.text).toMatch(/^Ended without a repair.*stays unrecorded/);
  expect(toMarkdown(over)).not.toMatch(/Repaired|Done/);
});

test("RC-07 the same incident gives the same document, and evidence is collected once", () => {
  const incident = openIncident("INC-1", TEMPLATE_CASE, LIFE);
  expect(toMarkdown(documentOf(incident))).toBe(toMarkdown(documentOf(incident)));
  expect(incident.evidence.map(({ id }) => id)).toEqual(["E-1", "E-2", "E-3", "E-4", "E-5"]);
});

test("RC-07 secrets in log excerpts are masked, in the incident and in all documents", () => {
  const incident = openIncident("INC-1", TEMPLATE_CASE, LIFE);
  const document = documentOf(incident);
  for (const text of [
    JSON.stringify(incident),
    JSON.stringify(document),
    toMarkdown(document),
    toHtml(document),
  ]) {
    expect(text).not.toContain("hunter2");
    expect(text).toContain("[masked]");
  }
});

test.each([
  "mysql://app:S3cret@db/pools",
  "Authorization: Bearer S3cretS3cret",
  'token: "S3cret value"',
  "DB_PASSWORD=S3cret",
  '{"apiKey": "S3cret"}',
  "eyJhbGciOi.eyJzdWIiOiS3cret.S3cretS3cret",
  "-----BEGIN RSA PRIVATE KEY-----\nS3cret\n-----END RSA PRIVATE KEY-----",
])("RC-07 %s is masked", (text) => {
  expect(maskSecrets(text)).not.toContain("S3cret");
});

test("RC-07 names that hold markup cannot break out of a document", () => {
  const bad = row(
    "usage-unrecorded",
    "service/a/<script>alert(1)</script>/1.2.3.4",
    "the Service <script>alert(1)</script> | x | **y**",
  );
  const document = documentOf(openIncident("INC-1", { at: at(0), drift: [bad] }, LIFE));
  expect(toHtml(document)).not.toContain("<script>");
  expect(toMarkdown(document)).not.toMatch(/[^\\]<script>[^`]*\|/);
});

const HOSTILE =
  "<img src=x onerror=alert(1)> [x](javascript:alert(1)) `code` | cell \\ *b* _i_ ~s~ &lt; \x1b]0;t\x07 \u202eevil\n\n# heading\n| row |";

/** A document in which every text comes from elsewhere. */
function hostileDocument() {
  const bad = row("usage-unrecorded", `service/${HOSTILE}`, `the Service ${HOSTILE}`);
  const pool = row("pool-missing-in-ledger", `pool/${HOSTILE}`, HOSTILE);
  const seen: Observation = {
    at: at(0),
    drift: [bad, { ...pool, ledger: HOSTILE, cluster: HOSTILE }],
    lookUps: [{ ip: HOSTILE, result: HOSTILE, message: HOSTILE }],
    events: [{ at: at(0), source: "event", kind: HOSTILE, subject: HOSTILE, message: HOSTILE }],
    logs: [{ at: at(0), origin: HOSTILE, text: `\`\`\`\n${HOSTILE}` }],
  };
  const incident = openIncident(HOSTILE, seen, { ...LIFE, cluster: HOSTILE });
  return documentOf({ ...incident, title: HOSTILE, ticket: HOSTILE, pic: HOSTILE, system: HOSTILE });
}

/** Without fenced blocks, whose content no reader takes for markup, and without code of our own. */
function outsideOfBlocks(markdown: string): string {
  return markdown
    .replaceAll(/^ *(`{3,})text\n[\s\S]*?^ *\1$/gm, "")
    .replaceAll(/`plexaubnet [^`\\]*`|`status\.[^`\\]*`/g, "");
}

test("RC-07 nothing that others wrote is markup in the Markdown of an analysis, its title and ticket included", () => {
  const text = outsideOfBlocks(toMarkdown(hostileDocument()));
  expect(text).toContain("img src=x");
  expect(text).not.toMatch(/(?<!\\)(?:\\\\)*[<>`~]/);
  expect(text).not.toMatch(/(?<!\\)\]\(/);
  expect(text).not.toMatch(/^# heading|^\| row/m);
  // A row of the evidence has its four cells, whatever is in them.
  const rows = text.split("\n").filter((line) => line.startsWith("| E-"));
  expect(rows.length).toBeGreaterThan(3);
  for (const line of rows) expect(line.replaceAll(/\\[\s\S]/g, "").split("|")).toHaveLength(6);
});

test("RC-07 nothing that others wrote is markup in the HTML of an analysis", () => {
  const text = toHtml(hostileDocument());
  expect(text).toContain("&lt;img src=x");
  expect(
    text.match(
      /<(?!\/?(?:html|head|meta|title|style|body|h[123]|p|b|br|ol|ul|li|pre|span|a|table|tr|th|td)\b|!doctype)/g,
    ),
  ).toBeNull();
  expect(text.match(/<a [^>]*>/g)?.filter((tag) => !/^<a href="#E-\d+">$/.test(tag))).toEqual([]);
  expect(text).not.toMatch(/<[^>]* on\w+=/);
});

test("RC-07 no document holds what a terminal would obey", () => {
  const document = hostileDocument();
  for (const text of [toMarkdown(document), toHtml(document)])
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
});
