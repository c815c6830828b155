/**
 * What is being done while `plexaubnet up` starts, a line each, for people who watch. Nobody else is told.
 */

import { printLines, type Terminal } from "../screen/terminal.ts";
import { styled } from "../screen/text.ts";

export type Progress = (step: string) => void;

export function progressOn(terminal: Terminal): Progress {
  if (!terminal.isLive) return () => {};
  return (step) => printLines(terminal, [[styled("·", "dim"), ` ${step}`]]);
}
