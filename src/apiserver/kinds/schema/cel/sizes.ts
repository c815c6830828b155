/**
 * How large the values at each place of a schema can be, as kube-apiserver estimates it when it judges what a rule may
 * cost: from the limits that the schema sets, and from what fits into a request where it sets none.
 */
import { spend } from "../../../work-budget.ts";
import { mapValueSchema, type StructuralSchema } from "../structural-schema.ts";

export interface Sized {
  /** Characters of a text, items of a list, members of a map. */
  readonly max: number;
  /** Bytes of the smallest JSON of such a value. */
  readonly least: number;
  readonly item?: Sized;
  readonly fields?: ReadonlyMap<string, Sized>;
}

/** Bytes of a request. */
const REQUEST = 3 * 1024 * 1024;
const TEXT = REQUEST - 2;

const SCALARS: Readonly<Record<string, Sized>> = {
  boolean: { max: 0, least: 4 },
  integer: { max: 0, least: 1 },
  number: { max: 0, least: 1 },
};
/** Of a format whose texts are of about one length: the longest and the shortest. */
const FORMATS: Readonly<Record<string, Sized>> = {
  duration: { max: 32, least: 4 },
  date: { max: 12, least: 12 },
  "date-time": { max: 32, least: 21 },
};
const ANY_TEXT: Sized = { max: TEXT, least: 2 };
const METADATA: Sized = {
  max: 0,
  least: 2,
  fields: new Map([
    ["name", ANY_TEXT],
    ["generateName", ANY_TEXT],
  ]),
};

/** Undefined: rules cannot see what stands there. `whole`: it is a whole API object. */
export function sizedSchema(schema: StructuralSchema, whole: boolean): Sized | undefined {
  spend(1);
  if (schema["x-kubernetes-int-or-string"] === true) return { max: textLength(schema), least: 1 };
  switch (schema.type) {
    case "array":
      return sizedList(schema);
    case "object":
      return sizedObject(schema, whole);
    case "string":
      return sizedText(schema);
    default:
      return SCALARS[schema.type ?? ""];
  }
}

function textLength({ maxLength }: StructuralSchema): number {
  // A character has up to four bytes.
  return maxLength === undefined ? TEXT : Math.max(0, maxLength) * 4;
}

function sizedText(schema: StructuralSchema): Sized {
  const format = FORMATS[schema.format ?? ""];
  if (format !== undefined) return format;
  const { maxLength, enum: values } = schema;
  if (schema.format === "byte")
    return { max: maxLength === undefined ? TEXT : Math.max(0, maxLength), least: 2 };
  if (maxLength === undefined && values !== undefined && values.length > 0) {
    const lengths = values.map((value) => (typeof value === "string" ? Buffer.byteLength(value) : 0));
    return { max: lengths.reduce((most, each) => Math.max(most, each), 0), least: 2 };
  }
  return { max: textLength(schema), least: 2 };
}

function sizedList({ items, maxItems }: StructuralSchema): Sized | undefined {
  const item =
    items === undefined ? undefined : sizedSchema(items, items["x-kubernetes-embedded-resource"] === true);
  if (item === undefined) return undefined;
  return { max: Math.max(0, maxItems ?? Math.floor(TEXT / (item.least + 1))), least: 2, item };
}

function sizedObject(schema: StructuralSchema, whole: boolean): Sized | undefined {
  const values = mapValueSchema(schema);
  if (values !== undefined) {
    const item = sizedSchema(values, values["x-kubernetes-embedded-resource"] === true);
    if (item === undefined) return undefined;
    const max = schema.maxProperties ?? Math.floor(TEXT / (item.least + 6));
    return { max: Math.max(0, max), least: 2, item };
  }
  const needed = new Set(schema.required);
  const fields = new Map<string, Sized>();
  let least = 2;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const sized = sizedSchema(property, property["x-kubernetes-embedded-resource"] === true);
    if (sized === undefined) continue;
    fields.set(name, sized);
    if (needed.has(name) && property.default === undefined) least += name.length + sized.least + 4;
  }
  if (whole) fields.set("kind", ANY_TEXT).set("apiVersion", ANY_TEXT).set("metadata", METADATA);
  return { max: 0, least, fields };
}

/** How many values of the schema below there are in each value of this one. Undefined: there is no limit. */
export function timesBelow(schema: StructuralSchema): number | undefined {
  const limit = schema.type === "array" ? schema.maxItems : mapValueSchema(schema) && schema.maxProperties;
  if (limit !== undefined) return Math.max(0, limit);
  return schema.type === "array" || mapValueSchema(schema) !== undefined ? undefined : 1;
}

/** How many such values fit into one request. */
export function timesInRequest(self: Sized | undefined): number {
  return Math.floor(REQUEST / ((self?.least ?? 0) + 1));
}
