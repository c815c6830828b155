/** What `plexaubnet export --format json` wrote. */
import { type Fault, type Reading, type Row, UnreadableSource } from "../row.ts";
import { at, given, type JsonSource, listAt, textAt } from "./json-source.ts";
import { ownRecordOf, shapeOf } from "./meaning.ts";

/** In the field `plan`, so that a later format can be distinguished from this one. */
export const PLAN_VERSION = "plexaubnet.io/v1";

export function isOwnPlan(value: unknown): boolean {
  return textAt(value, "plan") !== undefined;
}

/** @throws UnreadableSource when another version wrote it. */
export function readOwnPlan(source: JsonSource): Reading {
  const version = textAt(source.value, "plan");
  if (version !== PLAN_VERSION)
    throw new UnreadableSource(
      `${source.file} is a plan of version ${version}, and this program knows ${PLAN_VERSION}: import it with the version that wrote it.`,
    );
  const rows: Row[] = [];
  const faults: Fault[] = [];
  for (const entry of [...listAt(source.value, "pools"), ...listAt(source.value, "blocks")]) {
    const kind = textAt(entry, "kind");
    const own = ownRecordOf({
      kind,
      namespace: textAt(entry, "namespace"),
      name: textAt(entry, "name"),
      pool: textAt(entry, "pool"),
      clusterID: textAt(entry, "cluster"),
      purpose: textAt(entry, "purpose"),
      more: at(entry, "more") === undefined ? undefined : JSON.stringify(at(entry, "more")),
    });
    const origin = source.originOf(entry);
    if (own === undefined) {
      const message = `an entry of kind ${kind ?? "nothing"} is none of an address plan`;
      faults.push({
        kind: "unreadable",
        origin,
        message,
        cure: "take it from the export again, or take it out",
      });
      continue;
    }
    rows.push({
      origin,
      block: textAt(entry, "cidr") ?? "",
      own,
      ...given({
        shape: shapeOf(kind),
        owner: own.clusterID,
        name: own.name,
        status: textAt(entry, "status"),
        description: textAt(entry, "description"),
      }),
    });
  }
  return { format: "an export of Plexaubnet in JSON", rows, faults, notes: [] };
}
