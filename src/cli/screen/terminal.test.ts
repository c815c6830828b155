import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { LiveRegion, type OutputStream, openTerminal, printLines } from "./terminal.ts";
import { type Line, styled } from "./text.ts";

/** A stream that keeps what is written, and knows as much of ANSI as a region uses. */
class FakeStream extends EventEmitter implements OutputStream {
  readonly isTTY: boolean;
  rows = 6;
  columns = 20;
  written = "";

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.written += text;
  }

  /** What a person would see. */
  screen(): string[] {
    const lines = [""];
    let at = 0;
    const pattern = /␛\[(?<count>\d*)(?<do>[AJHK])|␛\[\?25[lh]|(?<newline>\n)|\r|(?<text>[^␛\n\r]+)/g;
    for (const { groups = {} } of this.written.replaceAll("\x1b", "␛").matchAll(pattern)) {
      if (groups.newline !== undefined) lines[++at] ??= "";
      else if (groups.text !== undefined) lines[at] = groups.text;
      else if (groups.do === "A") at -= Number(groups.count);
      else if (groups.do === "J") lines.splice(groups.count === "2" ? 0 : at, lines.length, "");
      else if (groups.do === "H") at = 0;
    }
    return lines;
  }
}

test("what is not a terminal gets plain lines", () => {
  const stream = new FakeStream(false);
  const terminal = openTerminal(stream, {});
  expect(terminal.isLive).toBe(false);
  printLines(terminal, [[styled("corp", "bold"), " 10.0.0.0/8"], []]);
  expect(stream.written).toBe("corp 10.0.0.0/8\n\n");
});

test("colours are for terminals, unless NO_COLOR is set", () => {
  const line: Line = [styled("corp", "good")];
  expect(openTerminal(new FakeStream(true), {}).format(line)).toBe("\x1b[32mcorp\x1b[0m");
  expect(openTerminal(new FakeStream(true), { NO_COLOR: "" }).format(line)).toBe("\x1b[32mcorp\x1b[0m");
  expect(openTerminal(new FakeStream(true), { NO_COLOR: "1" }).format(line)).toBe("corp");
  expect(openTerminal(new FakeStream(true), { TERM: "dumb" })).toMatchObject({ isLive: false });
});

test("a live region draws over itself, below what stood there before", () => {
  const stream = new FakeStream(true);
  stream.write("before\n");
  let lines: Line[] = [["one"], ["two"], ["three"]];
  const region = new LiveRegion(openTerminal(stream, {}), () => lines);
  expect(stream.screen()).toEqual(["before", "one", "two", "three", ""]);
  lines = [["uno"], ["dos"]];
  region.redraw();
  expect(stream.screen()).toEqual(["before", "uno", "dos", ""]);
  region.close();
  expect(stream.screen()).toEqual(["before", "uno", "dos", ""]);
  expect(stream.written.endsWith("\x1b[?25h")).toBe(true);
});

test("a live region that looks the same is not written again", () => {
  const stream = new FakeStream(true);
  const region = new LiveRegion(openTerminal(stream, {}), () => [["one"]]);
  const before = stream.written;
  region.redraw();
  expect(stream.written).toBe(before);
});

test("a live region fits into the terminal, and follows its size until it is closed", () => {
  const stream = new FakeStream(true);
  const lines: Line[] = Array.from({ length: 30 }, (_, index) => [`line ${index} of many that are long`]);
  const region = new LiveRegion(openTerminal(stream, {}), () => lines);
  expect(stream.screen()).toHaveLength(6);
  expect(stream.screen()[0]).toHaveLength(20);
  stream.rows = 4;
  stream.columns = 10;
  stream.emit("resize");
  expect(stream.screen()).toEqual(["line 0 of…", "line 1 of…", "line 2 of…", ""]);
  region.close();
  expect(stream.listenerCount("resize")).toBe(0);
});
