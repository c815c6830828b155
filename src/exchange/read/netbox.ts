/** NetBox's JSON: answers of its API, one page or a list of objects, of prefixes, aggregates and IP ranges. */
import { rangeText } from "../block.ts";
import type { Reading, Row } from "../row.ts";
import { at, given, type JsonSource, listAt, textAt } from "./json-source.ts";
import { recordInComments, shapeOf } from "./meaning.ts";

export function readNetbox(source: JsonSource): Reading {
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const group of groupsOf(source.value)) {
    for (const object of group) rows.push(...rowOf(object, source));
  }
  const next = textAt(source.value, "next");
  if (next !== undefined)
    notes.push(`${source.file} is one page of several: fetch the others too, with ?limit=0, or use --url.`);
  return { format: "NetBox's JSON", rows, faults: [], notes };
}

/** One list, one page, or `{ prefixes, aggregates, "ip-ranges" }` as combined by hand. */
function groupsOf(value: unknown): (readonly unknown[])[] {
  if (Array.isArray(value)) return [value];
  const lists = ["results", "prefixes", "aggregates", "ip_ranges", "ip-ranges"].map((key) =>
    Array.isArray(at(value, key)) ? listAt(value, key) : listAt(value, key, "results"),
  );
  return lists.filter((list) => list.length > 0);
}

export function isNetbox(value: unknown): boolean {
  const [first] = groupsOf(value).flat();
  return textAt(first, "prefix") !== undefined || textAt(first, "start_address") !== undefined;
}

function rowOf(object: unknown, source: JsonSource): Row[] {
  const prefix = textAt(object, "prefix");
  const [start, end] = [textAt(object, "start_address"), textAt(object, "end_address")];
  const isRange = prefix === undefined && start !== undefined && end !== undefined;
  const block = isRange ? rangeText(start, end) : (prefix ?? "");
  const isAggregate = at(object, "rir") !== undefined;
  const status = labelAt(object, "status");
  return [
    {
      origin: source.originOf(object),
      block,
      ...given({
        shape: isAggregate ? ("pool" as const) : shapeOf(status),
        owner: labelAt(object, "tenant"),
        vrf: labelAt(object, "vrf"),
        role: labelAt(object, "role"),
        status,
        description: textAt(object, "description"),
        own: recordInComments(textAt(object, "comments")),
        isAggregate: isAggregate || undefined,
      }),
    },
  ];
}

/** A choice is `{ value, label }`, a reference `{ id, name, slug }`; in brief forms either is a mere text. */
function labelAt(object: unknown, key: string): string | undefined {
  return (
    textAt(object, key, "name") ??
    textAt(object, key, "value") ??
    textAt(object, key, "slug") ??
    textAt(object, key)
  );
}
