/** How far a long command is: a line that is drawn over on a terminal, a line for each stage elsewhere, on stderr. */
import { LiveRegion, openTerminal, printLines, type Terminal } from "../screen/terminal.ts";
import { styled } from "../screen/text.ts";

export interface Stage {
  /** @param done out of all. */
  reached(done: number): void;
  end(): void;
}

/** On a terminal, what is printed afterwards stands below. */
export function beginStage(text: string, total: number, terminal: Terminal = stderrTerminal()): Stage {
  const lineFor = (done: number) => [styled("·", "dim"), ` ${text} `, styled(`${done} of ${total}`, "dim")];
  if (!terminal.isLive) {
    printLines(terminal, [[styled("·", "dim"), ` ${text} ${total}`]]);
    return { reached: () => {}, end: () => {} };
  }
  let done = 0;
  const region = new LiveRegion(terminal, () => [lineFor(done)]);
  const step = Math.max(1, Math.floor(total / 200));
  let drawn = 0;
  return {
    reached(now) {
      done = now;
      if (Math.abs(now - drawn) < step && now !== total) return;
      drawn = now;
      region.redraw();
    },
    end() {
      region.redraw();
      region.close();
    },
  };
}

function stderrTerminal(): Terminal {
  return openTerminal(process.stderr, process.env);
}
