/**
 * Where a command's output goes: a terminal that can be redrawn and coloured, or a plain stream of lines.
 */
import { cropLine, type Line, toAnsi, toPlain } from "./text.ts";

/** What is needed of `process.stdout`. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly rows?: number;
  readonly columns?: number;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

export interface Terminal {
  readonly stream: OutputStream;
  /** Lines that were written can be written over. */
  readonly isLive: boolean;
  readonly format: (line: Line) => string;
}

/** NO_COLOR is honoured (https://no-color.org): set and not empty, it turns colours off. */
export function openTerminal(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const isLive = stream.isTTY === true && env.TERM !== "dumb";
  const hasColours = isLive && (env.NO_COLOR ?? "") === "";
  return { stream, isLive, format: hasColours ? toAnsi : toPlain };
}

export function printLines(terminal: Terminal, lines: readonly Line[]): void {
  terminal.stream.write(lines.map((line) => `${terminal.format(line)}\n`).join(""));
}

/** Room that a live region has: one row is left for the cursor. */
export interface RegionSize {
  readonly rows: number;
  readonly columns: number;
}

const FALLBACK: RegionSize = { rows: 23, columns: 80 };

/**
 * The last lines of a terminal, drawn over and over. What stood there before stays above, and what is drawn last stays
 * when the region is closed.
 */
export class LiveRegion {
  readonly #terminal: Terminal;
  readonly #draw: (size: RegionSize) => readonly Line[];
  readonly #onResize = () => this.#clearAndDraw();
  #shown: readonly string[] = [];

  /** @param draw gives the lines for a size: no more, and no longer, than that. */
  constructor(terminal: Terminal, draw: (size: RegionSize) => readonly Line[]) {
    this.#terminal = terminal;
    this.#draw = draw;
    terminal.stream.write("\x1b[?25l");
    terminal.stream.on("resize", this.#onResize);
    this.redraw();
  }

  /** Draws again; writes nothing when that would look the same. */
  redraw(): void {
    const lines = this.#lines();
    if (lines.length === this.#shown.length && lines.every((line, index) => line === this.#shown[index]))
      return;
    const up = this.#shown.length === 0 ? "" : `\x1b[${this.#shown.length}A`;
    this.#terminal.stream.write(`${up}\r${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
    this.#shown = lines;
  }

  close(): void {
    this.#terminal.stream.off("resize", this.#onResize);
    this.#terminal.stream.write("\x1b[?25h");
  }

  #lines(): string[] {
    const { rows = FALLBACK.rows + 1, columns = FALLBACK.columns } = this.#terminal.stream;
    const size = { rows: Math.max(rows - 1, 1), columns };
    return this.#draw(size)
      .slice(0, size.rows)
      .map((line) => this.#terminal.format(cropLine(line, columns)));
  }

  /** A terminal wraps long lines again when its width changes, and then the position of each line is unknown. */
  #clearAndDraw(): void {
    this.#terminal.stream.write("\x1b[2J\x1b[H");
    this.#shown = [];
    this.redraw();
  }
}
