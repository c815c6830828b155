/**
 * What is being done while `plexaubnet up` starts and ends, a line each. On a terminal the lines stand above the screen;
 * elsewhere they go to stderr, so that what is piped on is the screen alone.
 */
import { openTerminal, printLines, type Terminal } from "../screen/terminal.ts";
import { styled } from "../screen/text.ts";

export type Progress = (step: string) => void;

export function progressOn(terminal: Terminal): Progress {
  const target = terminal.isLive ? terminal : openTerminal(process.stderr, process.env);
  return (step) => printLines(target, [[styled("·", "dim"), ` ${step}`]]);
}

/** Reports that the process is stopping: an orderly stop may take a moment. */
export function sayWhenStopping(terminal: Terminal, signal: AbortSignal): void {
  // Who asked may have closed the terminal.
  process.stderr.on("error", () => {});
  // On a terminal the cursor stands in a line in which the system has echoed ^C.
  const said = terminal.isLive ? "\rstopping…\n" : "· stopping…\n";
  signal.addEventListener("abort", () => process.stderr.write(said), { once: true });
}
