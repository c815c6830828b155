import { expect, test } from "vitest";
import { oneLine, plainJson, plainText } from "./plain-text.ts";

/** Whatever a terminal obeys, or no user sees. */
const HOSTILE = [
  "\x1b]0;title\x07",
  "\x1b[2J",
  "\x1bc",
  "\u009b31m",
  "\u009d0;title\u009c",
  "\u0090q\u009c",
  "\b\b\b",
  "\x00",
  "\x7f",
  "\u202eevil",
  "\u2066a\u2069",
  "\u200fx",
  "\u061cx",
  "\ufeff",
  "\u200b",
  "\u{e0041}",
  "\ud800",
];

const OBEYED =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

test.each(HOSTILE)("%j leaves nothing to obey, in as many characters", (text) => {
  expect(oneLine(`a${text}b`)).not.toMatch(OBEYED);
  expect([...oneLine(text)]).toHaveLength([...text].length);
  expect(plainText(`a${text}b`)).not.toMatch(OBEYED);
  const json = JSON.stringify({ [text]: text });
  expect(plainJson(json)).not.toMatch(OBEYED);
  expect(JSON.parse(plainJson(json))).toEqual({ [text]: text });
});

test("every control character of C0 and C1 is taken", () => {
  const all = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, at) => 0x7f + at)];
  const text = String.fromCharCode(...all);
  expect(oneLine(text)).not.toMatch(OBEYED);
  expect(plainText(text).replaceAll("\n", "")).not.toMatch(OBEYED);
});

test("a field stays in its line, and text keeps its lines", () => {
  for (const brk of ["\n", "\r", "\t", "\v", "\f", "\u0085", "\u2028", "\u2029"])
    expect(oneLine(`a${brk}b`)).toBe("a b");
  expect(plainText("a\r\nb\nc\rd\te\u2028f")).toBe("a\nb\nc d e f");
});

test.each([
  "プレクソーブネット",
  "👩‍💻 é ü",
  "می‌خواهم",
  "10.0.0.0/8 → 2001:db8::/32",
])("%s stays as it is", (text) => {
  expect(oneLine(text)).toBe(text);
  expect(plainText(text)).toBe(text);
  expect(plainJson(JSON.stringify(text))).toBe(JSON.stringify(text));
});
