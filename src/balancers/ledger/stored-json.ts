/**
 * Plans and incidents as JSON: the only place that knows how earlier versions named the sentences in them. They are read as
 * they are written now, and written back so when they change; a migration would have to rewrite every stored text for it.
 */
const NAMES_OF_BEFORE: Readonly<Record<string, string>> = { says: "message", because: "message" };
/** In a text the quotes would be escaped. */
const OF_BEFORE = /"(?:says|because)"\s*:/;

/** @throws SyntaxError when it is not JSON */
export function parseStored(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return OF_BEFORE.test(text) ? withPresentNames(value) : value;
}

/** In the same order, which the hash of a plan depends on. */
function withPresentNames(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withPresentNames);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [NAMES_OF_BEFORE[name] ?? name, withPresentNames(member)]),
  );
}

const [NAME_IN_ROW = "", NAME_IN_STEP = ""] = Object.keys(NAMES_OF_BEFORE);

interface Explained {
  readonly message: string;
}

/** A difference or a refusal as an earlier version had it, for the hash that it made. */
export function rowOfBefore(row: Explained): object {
  return renamed(row, NAME_IN_ROW);
}

/** The same for a step of a plan. */
export function stepOfBefore(step: Explained): object {
  return renamed(step, NAME_IN_STEP);
}

function renamed(value: Explained, name: string): object {
  return Object.fromEntries(
    Object.entries(value).map(([member, content]) => [member === "message" ? name : member, content]),
  );
}
