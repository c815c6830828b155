/** The response format that a client requests in its `Accept` header. */
import { notAcceptable } from "../status-error.ts";

export interface AcceptedForm {
  readonly encoding: "json" | "yaml";
  /** Whole objects, tables, or only metadata: of one object, or of a list. */
  readonly as: "objects" | "table" | "metadata" | "metadata-list";
}

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const OBJECTS: AcceptedForm = { encoding: "json", as: "objects" };
export const PRODUCED = ["application/json", "application/yaml"] as const;

export function parseAccept(header: string): readonly MediaRange[] {
  const ranges = header.split(",").map((range) => {
    const [type = "", ...rest] = range.split(";").map((part) => part.trim());
    const pairs = rest.map((part): [string, string] => {
      const at = part.indexOf("=");
      return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    });
    const parameters = new Map(pairs);
    const quality = Number(parameters.get("q") ?? "1");
    return { type: type.toLowerCase(), parameters, quality };
  });
  return ranges.sort((a, b) => b.quality - a.quality);
}

/** The first form in the client's order that this server has. @throws StatusError 406 */
export function negotiate(header: string | undefined): AcceptedForm {
  if (header === undefined || header === "" || header === "application/json" || header === "*/*")
    return OBJECTS;
  const ranges = parseAccept(header);
  for (const range of ranges) {
    const form = formOf(range);
    if (form !== undefined) return form;
  }
  const isForm = ranges.some(
    ({ type, parameters }) => encodingOf(type) !== undefined && parameters.has("as"),
  );
  throw notAcceptable(PRODUCED, isForm);
}

function formOf({ type, parameters }: MediaRange): AcceptedForm | undefined {
  const encoding = encodingOf(type);
  if (encoding === undefined) return undefined;
  const as = parameters.get("as");
  if (as === undefined) return { encoding, as: "objects" };
  if (parameters.get("g") !== "meta.k8s.io" || parameters.get("v") !== "v1") return undefined;
  if (as === "Table") return { encoding, as: "table" };
  if (as === "PartialObjectMetadataList") return { encoding, as: "metadata-list" };
  return as === "PartialObjectMetadata" ? { encoding, as: "metadata" } : undefined;
}

function encodingOf(type: string): AcceptedForm["encoding"] | undefined {
  if (type === "application/json" || type === "*/*" || type === "application/*") return "json";
  return type === "application/yaml" ? "yaml" : undefined;
}
