import { expect, test } from "vitest";
import { cropLine, lineWidth, styled, table, toAnsi, toPlain, wrapCommand } from "./text.ts";

test("a styled line is coloured only when colours are asked for", () => {
  const line = [styled("eu-west", "bold"), " is ", styled("fine", "good"), "  "];
  expect(toPlain(line)).toBe("eu-west is fine");
  expect(toAnsi(line)).toBe("\x1b[1meu-west\x1b[0m is \x1b[32mfine\x1b[0m");
});

test("a line that is too long is cut to the width and shows it, whatever its styles", () => {
  const line = [styled("├─ eu", "bold"), "-west", styled("-prod", "dim")];
  expect(toPlain(cropLine(line, 15))).toBe("├─ eu-west-prod");
  expect(toPlain(cropLine(line, 8))).toBe("├─ eu-w…");
  expect(toPlain(cropLine(line, 1))).toBe("…");
  for (let width = 1; width < 20; width++)
    expect(lineWidth(cropLine(line, width))).toBeLessThanOrEqual(width);
});

test("table columns are as wide as their widest cell, numbers to the right", () => {
  const lines = table(
    [{ title: "POOL" }, { title: "USED", align: "right" }, { title: "FREE" }],
    [
      [["corp"], ["100 %"], ["0"]],
      [["corp-v6"], [styled("1 %", "good")], ["12"]],
    ],
  );
  expect(lines.map(toPlain)).toEqual(["POOL      USED  FREE", "corp     100 %  0", "corp-v6    1 %  12"]);
});

test("a column in which no row has a value is left out", () => {
  const lines = table([{ title: "A" }, { title: "B" }, { title: "C" }], [[["1"], [], ["3"]], [["4"]]]);
  expect(lines.map(toPlain)).toEqual(["A  C", "1  3", "4"]);
});

test("PX-10 what takes two columns is counted and cut as such", () => {
  const rows = [
    [["東京"], ["x"]],
    [["Zürich"], ["x"]],
    [["👩‍👩‍👧 ops"], ["x"]],
  ];
  const lines = table([{ title: "SITE" }, { title: "B" }], rows).map(toPlain);
  expect(lines).toEqual(["SITE    B", "東京    x", "Zürich  x", "👩‍👩‍👧 ops  x"]);
  expect(toPlain(cropLine(["東京都"], 4))).toBe("東…");
  expect(toPlain(cropLine(["東京", styled("都", "bold"), "x"], 6))).toBe("東京…");
  expect(toPlain(cropLine(["👩‍👩‍👧👩‍👩‍👧"], 3))).toBe("👩‍👩‍👧…");
});

test("a command is broken between words where it can be, and within a word where it must", () => {
  expect(wrapCommand("kubectl get pods", 16)).toEqual(["kubectl get pods"]);
  expect(wrapCommand("kubectl get pods", 15)).toEqual(["kubectl get \\", "pods"]);
  expect(wrapCommand("abcdefgh", 5)).toEqual(["abcd\\", "efgh"]);
  expect(wrapCommand("abcdefgh", 1)).toEqual(["abcdefgh"]);
});

test("PX-10 a line holds nothing for a terminal to obey, and stays one line", () => {
  const hostile = "a\x1b]0;t\x07\x1b[2J\u009b31m\u202eb\nc\r\td";
  const obeyed = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;
  const line = [styled(hostile, "bold"), hostile];
  expect(toPlain(line)).not.toMatch(obeyed);
  expect(toAnsi(line).replace("\x1b[1m", "").replace("\x1b[0m", "")).not.toMatch(obeyed);
  const [head, row] = table([{ title: "A" }, { title: "B" }], [[[hostile], ["x"]]]).map(toPlain);
  expect(row?.indexOf("x")).toBe(head?.indexOf("B"));
});
