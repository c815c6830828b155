/** The keyboard on the square: arrows move a cursor from cell to cell. */
import { type KeyboardEvent, type RefObject, useState } from "react";
import type { Block } from "../address/address.ts";
import type { Pointed } from "./band-surface.tsx";
import type { Point } from "./hilbert.ts";
import { choiceAt } from "./map-picture.ts";
import { cellAtPoint, cellBeside, type SquareLayout } from "./square-layout.ts";
import { pointOn } from "./use-size.ts";

interface SquareKeys {
  readonly layout: SquareLayout | undefined;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly pointedAt: (cell: number) => Pointed | undefined;
  readonly zoomIn: (address: bigint) => void;
  readonly zoomOut: () => void;
  readonly onChoose: (block: Block | undefined) => void;
}

const STEPS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

export function useSquareKeys({ layout, canvas, pointedAt, zoomIn, zoomOut, onChoose }: SquareKeys) {
  const [cell, setCell] = useState<number>();
  const pointed = cell === undefined ? undefined : pointedAt(cell);
  const press = (event: KeyboardEvent) => {
    if (layout === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = STEPS[event.key];
    if (step !== undefined) {
      const by = event.shiftKey ? { x: step.x * 8, y: step.y * 8 } : step;
      setCell((before) => (before === undefined ? 0 : cellBeside(layout.side, before, by)));
    } else if (event.key === "+" || event.key === "=") {
      if (pointed !== undefined) zoomIn(pointed.address);
    } else if (event.key === "-") zoomOut();
    else if ((event.key === "Enter" || event.key === " ") && pointed !== undefined) {
      onChoose(choiceAt(pointed.picture, pointed.facts, pointed.address));
    } else return;
    event.preventDefault();
  };
  return {
    press,
    blur: () => setCell(undefined),
    pointed,
    /** The cell at a point of the browser's window. */
    cellUnder: (x: number, y: number): number | undefined => {
      if (layout === undefined || canvas.current === null) return undefined;
      return cellAtPoint(layout, pointOn(canvas.current, x, y));
    },
  };
}
