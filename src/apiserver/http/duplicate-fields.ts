/**
 * Fields that JSON names twice. JSON.parse keeps the last of them without a word; with `fieldValidation=Strict` that is
 * refused.
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

interface Level {
  /** Undefined in a list. */
  readonly keys: Set<string> | undefined;
  key: string;
}

/** Paths of the fields, as `spec.colour`. @param text JSON that can be parsed. */
export function duplicateFields(text: string): readonly string[] {
  const found = new Set<string>();
  const stack: Level[] = [];
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    const level = stack.at(-1);
    if (token === "{") stack.push({ keys: new Set(), key: "" });
    else if (token === "[") stack.push({ keys: undefined, key: "[]" });
    else if (token === "}" || token === "]") stack.pop();
    else if (token === ":" && level?.keys !== undefined) {
      level.key = JSON.parse(last) as string;
      if (level.keys.has(level.key)) found.add(pathOf(stack));
      level.keys.add(level.key);
    }
    last = token;
  }
  return [...found];
}

function pathOf(stack: readonly Level[]): string {
  return stack
    .map(({ key }) => key)
    .join(".")
    .replaceAll(".[]", "[]");
}
