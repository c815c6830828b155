/** How far a long command is: one line that counts on a terminal, a line for each stage elsewhere. */
import { openTerminal, printLines, type Terminal } from "../screen/terminal.ts";
import { type Line, styled } from "../screen/text.ts";

export interface Stage {
  /** @param done out of all. */
  reached(done: number): void;
  end(): void;
}

/** A terminal is written to so often at most, however much there is to do. */
const MOST_UPDATES = 200;

/** On stderr by default, so that stdout contains only the result. */
export function beginStage(
  text: string,
  total: number,
  terminal: Terminal = openTerminal(process.stderr, process.env),
): Stage {
  if (!terminal.isLive) {
    printLines(terminal, [[styled("·", "dim"), ` ${text} ${total}`]]);
    return { reached: () => {}, end: () => {} };
  }
  const step = Math.max(1, Math.floor(total / MOST_UPDATES));
  let shown = Number.NEGATIVE_INFINITY;
  const show = (done: number) => {
    if (done - shown < step && done !== total) return;
    shown = done;
    const line: Line = [styled("·", "dim"), ` ${text} ${done} of ${total}`];
    terminal.stream.write(`\r${terminal.format(line)}\x1b[K`);
  };
  show(0);
  return { reached: show, end: () => terminal.stream.write("\n") };
}
