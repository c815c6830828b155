/** JSON of a value for a message: cut where it becomes long, and never longer in the making. */
import type { JsonObject } from "./json-value.ts";

/** `JSON.stringify`, but of at most so many characters; what is cut ends in `…`. */
export function boundedText(value: unknown, maxCharacters: number): string {
  const writer = { text: "", left: maxCharacters };
  write(value, writer);
  return writer.left >= 0 ? writer.text : `${writer.text.slice(0, maxCharacters)}…`;
}

/** The texts of values, joined by commas. */
export function boundedList(values: readonly unknown[], maxCharacters: number): string {
  const texts: string[] = [];
  let left = maxCharacters;
  for (const value of values) {
    if (left <= 0) return `${texts.join(", ")}, …`;
    const text = boundedText(value, left);
    texts.push(text);
    left -= text.length + 2;
  }
  return texts.join(", ");
}

interface Writer {
  text: string;
  left: number;
}

function put(writer: Writer, text: string): void {
  writer.text += text;
  writer.left -= text.length;
}

function write(value: unknown, writer: Writer): void {
  if (writer.left < 0) return;
  if (typeof value === "string") {
    put(writer, JSON.stringify(value.length > writer.left + 1 ? value.slice(0, writer.left + 1) : value));
  } else if (typeof value !== "object" || value === null) {
    put(writer, JSON.stringify(value) ?? "null");
  } else if (Array.isArray(value)) {
    put(writer, "[");
    for (let i = 0; i < value.length && writer.left >= 0; i++) {
      if (i > 0) put(writer, ",");
      write(value[i], writer);
    }
    put(writer, "]");
  } else {
    writeMembers(value as JsonObject, writer);
  }
}

function writeMembers(value: JsonObject, writer: Writer): void {
  put(writer, "{");
  let first = true;
  for (const name in value) {
    if (writer.left < 0) return;
    if (value[name] === undefined) continue;
    if (!first) put(writer, ",");
    first = false;
    write(name, writer);
    put(writer, ":");
    write(value[name], writer);
  }
  put(writer, "}");
}
