/**
 * The document as one HTML page without scripts, styles of others or requests: it can be sent as it is. Statements link to
 * their evidence. All text is escaped.
 */
import type { RcaDocument, Task } from "./document.ts";
import { htmlText } from "./markup.ts";
import type { Statement } from "./rules.ts";

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
h1,h2,h3{line-height:1.2}table{border-collapse:collapse;width:100%}td,th{border:1px solid #d0d7de;padding:.3rem .6rem;text-align:left;vertical-align:top}
pre{background:#f6f8fa;padding:.8rem;overflow:auto}.observed,.inferred{font-size:.8em;color:#57606a}.inferred{font-style:italic}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}pre{background:#161b22}td,th{border-color:#30363d}a{color:#58a6ff}}`;

export function toHtml(document: RcaDocument): string {
  const body = [...problemPart(document), ...analysisPart(document), ...actionPart(document)];
  const title = `<title>${htmlText(document.title)}</title>`;
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width">${title}<style>${STYLE}</style>`;
  return `<!doctype html>\n<html lang="en"><head>${head}</head><body>\n${body.join("\n")}\n</body></html>\n`;
}

function problemPart({ title, date, status, system, ticket, id, ...rest }: RcaDocument): readonly string[] {
  const facts = { Date: date, Status: status, "Related system": system, Ticket: ticket, Incident: id };
  return [
    `<h1>Root Cause Analysis: ${htmlText(title)}</h1>`,
    table(Object.entries(facts).map(([name, value]) => [`<b>${name}</b>`, htmlText(value)])),
    "<h2>1. Problem Summary</h2><h3>Problem</h3>",
    ...rest.problem.map((statement) => `<p>${said(statement)}</p>`),
    `<h3>Expected Behavior</h3>${list("ol", rest.expected.map(said))}`,
    `<h3>Actual Behavior</h3>${list("ol", rest.actual.map(said))}`,
    "<h2>2. Analysis Conclusion</h2>",
    ...rest.conclusion.map((statement) => `<p>${said(statement)}</p>`),
  ];
}

function analysisPart({ timeline, findings, rootCauses }: RcaDocument): readonly string[] {
  const steps = timeline.map((step) => `<b>${htmlText(step.at)}</b> ${said(step)}`);
  const found = findings.map(
    (one) => `<b>${htmlText(`${one.id} ${one.title}`)}:</b> ${said(one)}${pre(one.excerpt)}`,
  );
  const causes = rootCauses.map(
    (cause) =>
      `<b>${htmlText(cause.title)}:</b> ${said(cause)} Explains ${htmlText(cause.findings.join(", "))}.`,
  );
  return [
    "<h2>3. Deep Analysis &amp; Investigation</h2><h3>Timeline &amp; Investigation Steps</h3>",
    list("ol", steps),
    "<h3>Observations &amp; Findings</h3>",
    list("ul", found),
    "<h2>4. Root Cause</h2>",
    list("ol", causes),
  ];
}

function actionPart(document: RcaDocument): readonly string[] {
  const evidence = document.evidence.map(({ id, at, source, kind, says }) => [
    `<span id="${htmlText(id)}">${htmlText(id)}</span>`,
    htmlText(at),
    htmlText(`${source}: ${kind}`),
    htmlText(says),
  ]);
  return [
    `<h2>5. Action Plan &amp; Solution</h2><h3>Short-term Solution</h3>${tasks(document.shortTerm)}`,
    `<h3>Long-term Solution</h3>${tasks(document.longTerm)}`,
    `<h3>Handling Existing Cases</h3>${list("ul", document.existingCases.map(said))}`,
    `<h2>6. Not Known</h2>${list("ul", document.notKnown.map(htmlText))}`,
    "<h2>7. Evidence</h2>",
    table(evidence),
  ];
}

function said({ text, basis, evidence }: Statement): string {
  const sort = htmlText(basis);
  return `${htmlText(text)} <span class="${sort}">[${sort}: ${links(evidence)}]</span>`;
}

function links(evidence: readonly string[]): string {
  return evidence.map((id) => `<a href="#${htmlText(id)}">${htmlText(id)}</a>`).join(", ");
}

function list(tag: "ol" | "ul", items: readonly string[]): string {
  if (items.length === 0) return "<p>None.</p>";
  return `<${tag}>${items.map((item) => `<li>${item}</li>`).join("")}</${tag}>`;
}

function table(rows: readonly (readonly string[])[]): string {
  return `<table>${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}</table>`;
}

function pre(text: string | undefined): string {
  return text === undefined ? "" : `<pre>${htmlText(text)}</pre>`;
}

function tasks(of: readonly Task[]): string {
  return list(
    "ul",
    of.map(({ title, description, pic, status, evidence }) => {
      const grounds = `<span class="inferred">[inferred: ${links(evidence)}]</span>`;
      return `<b>${htmlText(title)}</b>: ${htmlText(description)} ${grounds}<br>PIC: ${htmlText(pic)} · Status: ${htmlText(status)}`;
    }),
  );
}
