/** Which addresses the ruler names: boundaries of aligned blocks, as many as there is room for. */
import { type Family, formatAddress, sizeOf, widthOf } from "../address/address.ts";
import { addressesIn, STEPS, toScreen, type ViewWindow } from "./view-window.ts";

export interface Tick {
  readonly x: number;
  readonly label: string;
  /** On the boundary of a block that is larger by four bits: drawn stronger. */
  readonly isMajor: boolean;
}

export interface Ruler {
  /** Prefix length of the blocks between two ticks. */
  readonly length: number;
  readonly ticks: readonly Tick[];
}

/** Room that a label needs. */
const LABEL_PIXELS = { 4: 104, 6: 176 } as const;

export function rulerFor(family: Family, view: ViewWindow, width: number): Ruler {
  const { first, last } = addressesIn(view);
  const span = Number(view.span) / Number(STEPS);
  const wanted = (LABEL_PIXELS[family] / width) * span;
  const bits = Math.max(0, Math.min(widthOf(family), Math.ceil(Math.log2(Math.max(1, wanted)))));
  const length = widthOf(family) - bits;
  const step = sizeOf(family, length);
  const strong = step << 4n;
  const ticks: Tick[] = [];
  for (let at = ((first + step - 1n) / step) * step; at <= last; at += step) {
    ticks.push({
      x: toScreen(view, at * STEPS, width),
      label: formatAddress(family, at),
      isMajor: at % strong === 0n,
    });
  }
  return { length, ticks };
}
