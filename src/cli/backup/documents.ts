/** The objects that a text holds: documents of YAML or JSON, and the items of lists, each with where it stands. */
import { type Document, isMap, isSeq, LineCounter, parseAllDocuments, visit } from "yaml";
import { yamlFailureText } from "../../exchange/index.ts";
import { CommandFailure } from "../failure.ts";

export interface Found {
  readonly content: unknown;
  /** `fleet.yaml:12`, `fleet.json item 3`. */
  readonly origin: string;
}

/** @throws CommandFailure naming file and line of what can be read in no way. */
export function documentsIn(text: string, file: string): Found[] {
  const whole = text.trimStart().startsWith("{") ? parsedJson(text) : undefined;
  // Of a large list of kubectl, the YAML library would need minutes.
  return whole === undefined
    ? documentsOfYaml(text, file)
    : itemsOf(whole, (at) => `${file} item ${at + 1}`, file);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON documents one below the other need no separator for kubectl, and one for YAML. */
const BETWEEN_JSON = /^\}[ \t]*\n(?=\{)/gm;

function documentsOfYaml(text: string, file: string): Found[] {
  const lines = new LineCounter();
  const separated = text.replace(BETWEEN_JSON, "}\n---\n");
  const inserted = separated !== text;
  const documents = [...parseAllDocuments(separated, { lineCounter: lines })];
  const originAt = (offset: number, at: number) =>
    inserted ? `${file} item ${at + 1}` : `${file}:${lines.linePos(offset).line}`;
  return documents.flatMap((document, at) => {
    const [fault] = document.errors;
    if (fault !== undefined) {
      throw new CommandFailure(
        `${originAt(fault.pos[0], at)} is neither YAML nor JSON: ${yamlFailureText(fault.message)}.`,
        { cause: fault },
      );
    }
    keepTexts(document);
    const content: unknown = document.toJS();
    if (content === null || content === undefined) return [];
    const start = originAt(document.contents?.range?.[0] ?? 0, at);
    return itemsOf(content, (item) => originAt(offsetOfItem(document, item), item), start);
  });
}

/** kubectl writes values without quotes that are too large to be numbers for it: `2e638458`, the beginning of a UID. */
function keepTexts(document: Document.Parsed): void {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value !== "number" || Number.isFinite(node.value)) return;
      if (node.source !== undefined && /^[0-9]/.test(node.source)) node.value = node.source;
    },
  });
}

function offsetOfItem(document: Document.Parsed, item: number): number {
  const items = isMap(document.contents) ? document.contents.get("items") : undefined;
  const node = isSeq(items)
    ? (items.items[item] as { readonly range?: readonly number[] } | undefined)
    : undefined;
  return node?.range?.[0] ?? 0;
}

/** The items of a list, of whichever kind; else the content itself. */
function itemsOf(content: unknown, originOf: (item: number) => string, origin: string): Found[] {
  const { kind, items } = content as { readonly kind?: unknown; readonly items?: unknown };
  const isList = typeof kind === "string" && kind.endsWith("List") && Array.isArray(items);
  if (!isList) return [{ content, origin }];
  return items.map((item: unknown, at) => ({ content: item, origin: originOf(at) }));
}
