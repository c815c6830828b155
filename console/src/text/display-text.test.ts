import { expect, test } from "vitest";
import { displayLines, displayText } from "./display-text.ts";

test("CN-10 what reorders or hides text is shown as its code point", () => {
  expect(displayText("a\u202Ecod\u202C")).toBe("a⟨U+202E⟩cod⟨U+202C⟩");
  expect(displayText("a\u200Bb\u0000c\n")).toBe("a⟨U+200B⟩b⟨U+0000⟩c⟨U+000A⟩");
  expect(displayText("\u{E0041}")).toBe("⟨U+E0041⟩");
});

test("CN-10 ordinary names of any script stay as they are, HTML included", () => {
  for (const text of ["<img src=x onerror=alert(1)>", "näher", "東京", "👩‍👩‍👧", "שלום"])
    expect(displayText(text)).toBe(text);
});

test("CN-10 lines stay lines where text has several", () => {
  expect(displayLines("a: 1\r\n\tb: \u202E2\n")).toBe("a: 1\n  b: ⟨U+202E⟩2\n");
});
