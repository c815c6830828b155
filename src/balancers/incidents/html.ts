/**
 * The document as one HTML page without scripts, styles of others or requests: it can be sent as it is. Statements link to
 * their evidence. All text is escaped.
 */
import { customerLayout } from "./customer.ts";
import type { RcaDocument } from "./document.ts";
import { type Block, type Cell, internalLayout, type Line } from "./layout.ts";
import type { Edition } from "./markdown.ts";
import { htmlText } from "./markup.ts";
import { idRuns } from "./words.ts";

/** Long lines wrap, on the screen and on paper: what does not fit is cut off there. */
const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
h1,h2,h3{line-height:1.2}table{border-collapse:collapse;width:100%}td,th{border:1px solid #d0d7de;padding:.3rem .6rem;text-align:left;vertical-align:top}
body,td,th{overflow-wrap:anywhere}td:first-child{overflow-wrap:normal}pre{background:#f6f8fa;padding:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}
.observed,.inferred{font-size:.8em;color:#57606a}.inferred{font-style:italic}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}pre{background:#161b22}td,th{border-color:#30363d}a{color:#58a6ff}}
@media print{body{font-size:10pt;max-width:none;margin:0;background:#fff;color:#000}pre{background:#fff;border:1px solid #d0d7de}h2,h3{break-after:avoid}tr,pre{break-inside:avoid}a{color:inherit}}`;

export function toHtml(document: RcaDocument, edition: Edition = "internal"): string {
  const blocks = edition === "customer" ? customerLayout(document) : internalLayout(document);
  const anchors = new Set(
    blocks.flatMap((block) =>
      block.block === "table" ? block.rows.flatMap((row) => row.flatMap(({ anchor }) => anchor ?? [])) : [],
    ),
  );
  const body = blocks.map((block) => blockText(block, anchors));
  const title = `<title>${htmlText(document.title)}</title>`;
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width">${title}<style>${STYLE}</style>`;
  return `<!doctype html>\n<html lang="en"><head>${head}</head><body>\n${body.join("\n")}\n</body></html>\n`;
}

function blockText(block: Block, anchors: ReadonlySet<string>): string {
  switch (block.block) {
    case "title":
      return `<h1>${htmlText(block.text)}</h1>`;
    case "heading":
      return `<h${block.level}>${htmlText(block.text)}</h${block.level}>`;
    case "facts":
      return table(block.facts.map(([name, cell]) => [`<b>${htmlText(name)}</b>`, cellText(cell)]));
    case "paragraphs":
      return block.lines.map((line) => `<p>${lineText(line, anchors)}</p>`).join("\n");
    case "list": {
      if (block.lines.length === 0) return `<p>${htmlText(block.none)}</p>`;
      const tag = block.isOrdered ? "ol" : "ul";
      return `<${tag}>${block.lines.map((line) => `<li>${lineText(line, anchors)}</li>`).join("\n")}</${tag}>`;
    }
    case "table":
      return table(
        block.rows.map((row) => row.map(cellText)),
        block.header,
      );
  }
}

function lineText({ label, text, of, details = [], excerpt }: Line, anchors: ReadonlySet<string>): string {
  const parts = [
    ...(label === undefined ? [] : [`<b>${htmlText(label)}</b>`]),
    ...(text === "" ? [] : [htmlText(text)]),
    ...(of === undefined
      ? []
      : [`<span class="${of.basis}">[${of.basis}: ${links(of.evidence, anchors)}]</span>`]),
  ];
  const below =
    details.length === 0
      ? ""
      : `<ul>${details.map((one) => `<li>${lineText(one, anchors)}</li>`).join("")}</ul>`;
  return parts.join(" ") + below + (excerpt === undefined ? "" : `<pre>${htmlText(excerpt)}</pre>`);
}

function links(evidence: readonly string[], anchors: ReadonlySet<string>): string {
  const link = (id: string) =>
    anchors.has(id) ? `<a href="#${htmlText(id)}">${htmlText(id)}</a>` : htmlText(id);
  return idRuns(evidence)
    .map(([first, last]) => (first === last ? link(first) : `${link(first)} to ${link(last)}`))
    .join(", ");
}

function cellText({ text, href, anchor }: Cell): string {
  if (href !== undefined) return `<a href="${htmlText(href)}" rel="noreferrer">${htmlText(text)}</a>`;
  return anchor === undefined ? htmlText(text) : `<span id="${htmlText(anchor)}">${htmlText(text)}</span>`;
}

function table(rows: readonly (readonly string[])[], header: readonly string[] = []): string {
  const head =
    header.length === 0 ? "" : `<tr>${header.map((name) => `<th>${htmlText(name)}</th>`).join("")}</tr>`;
  return `<table>${head}${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}</table>`;
}
