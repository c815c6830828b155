import { expect, test } from "vitest";
import { documentOf, taskIdsOf } from "./document.ts";
import { type EditRequest, editIncident } from "./edits.ts";
import { toHtml } from "./html.ts";
import { closeIncident, type Incident, moveIncident, openIncident } from "./incident.ts";
import { toMarkdown } from "./markdown.ts";

const LIFE = { cluster: "c1", quietSeconds: 600 };
const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 10, minute)).toISOString();
const row = (name: string) => ({
  id: `pool-missing-in-ledger:pool/${name}`,
  kind: "pool-missing-in-ledger" as const,
  subject: `pool/${name}`,
  field: "",
  ledger: undefined,
  cluster: "192.0.2.64/28",
  message: `MetalLB hands out IPs from the pool ${name}, which the ledger lacks.`,
});

const incident = openIncident("INC-1", { at: at(0), drift: [row("gpu")] }, LIFE);

function edit(of: Incident, request: EditRequest): Incident {
  const edited = editIncident(of, request, { at: at(9), by: "cli:ana", tasks: taskIdsOf(of) });
  if (!edited.ok) throw new Error(edited.error);
  return edited.value;
}

test("RC-08 a title that a person gave is never replaced by what is observed", () => {
  const titled = edit(incident, { title: "ACME could not be billed" });
  const more = moveIncident(titled, { at: at(1), drift: [row("gpu"), row("edge")] }, LIFE);
  expect(more.evidence.length).toBeGreaterThan(titled.evidence.length);
  expect(more.title).toBe("ACME could not be billed");
  expect(documentOf(more).title).toBe("ACME could not be billed");
});

test("RC-08 a closed incident is edited as an open one, and stays closed", () => {
  const closed = closeIncident(incident, at(5), "done by hand");
  const edited = edit(closed, { ticket: "OPS-7", severity: "low", note: "checked" });
  expect(edited).toMatchObject({ ticket: "OPS-7", closedAt: at(5), status: "Resolved" });
  const document = documentOf(edited);
  expect(document.severity).toMatchObject({ level: "low", isSet: true });
  expect(document.notes).toEqual([{ at: at(9), by: "cli:ana", text: "checked" }]);
});

test("RC-08 each task has its own person, status and date, and there are tasks of one's own", () => {
  const one = edit(incident, {
    task: "desynchronisation.now",
    pic: "bob",
    status: "Done",
    due: "2026-12-01",
  });
  const two = edit(edit(one, { addTask: "Write the invoice", term: "long", pic: "carl" }), { pic: "ana" });
  const { shortTerm, longTerm } = documentOf(edit(two, { task: "own-1", due: "2026-12-24" }));
  expect(shortTerm).toMatchObject([{ pic: "bob", status: "Done", due: "2026-12-01" }]);
  expect(longTerm).toMatchObject([
    { pic: "ana", status: "Backlog" },
    { id: "own-1", title: "Write the invoice", pic: "carl", due: "2026-12-24" },
  ]);
});

test.each<[EditRequest, string]>([
  [{ task: "nope" }, "there is no task nope"],
  [{ status: "Done" }, "name it with --task"],
  [{ task: "desynchronisation.now", due: "2026-02-31" }, "YYYY-MM-DD"],
  [{ task: "desynchronisation.now", addTask: "x" }, "not both"],
  [{ title: " " }, "the title is empty"],
  [{ description: "x" }, "--add-task"],
])("RC-08 %j is refused in a sentence", (request, message) => {
  const edited = editIncident(incident, request, { at: at(9), by: "x", tasks: taskIdsOf(incident) });
  expect(edited).toMatchObject({ ok: false, error: expect.stringContaining(message) });
});

test("RC-07 a ticket is a link where it is an address, and text where it is anything else", () => {
  const html = (ticket: string) => toHtml(documentOf(edit(incident, { ticket })));
  expect(html("https://jira.example/OPS-7?a=1&b=2")).toContain(
    '<a href="https://jira.example/OPS-7?a=1&amp;b=2"',
  );
  for (const ticket of ["javascript:alert(1)", "OPS-7", 'https://x.example/"onclick="x', "https://x y"]) {
    expect(html(ticket)).not.toMatch(/<a href="(?!#)/);
  }
  expect(toMarkdown(documentOf(edit(incident, { ticket: "https://jira.example/OPS-7" })))).toContain(
    "(<https://jira.example/OPS-7>)",
  );
});

test("RC-07 long lines wrap in HTML, on the screen and on paper", () => {
  expect(toHtml(documentOf(incident))).toMatch(/pre\{[^}]*white-space:pre-wrap/);
  expect(toHtml(documentOf(incident))).toContain("@media print");
});
