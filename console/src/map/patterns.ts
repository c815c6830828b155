/** Patterns beside colours, as canvas patterns of eight pixels. Made once for each colour and screen. */

export type PatternKind = "plain" | "rising" | "falling" | "level" | "crossed" | "dense";

const SIZE = 8;

/** Lines of one tile, beyond its edges so that they meet those of the next. */
const LINES: Readonly<Record<PatternKind, readonly (readonly [number, number, number, number])[]>> = {
  plain: [],
  rising: [
    [-2, 10, 10, -2],
    [-2, 2, 2, -2],
    [6, 10, 10, 6],
  ],
  falling: [
    [-2, -2, 10, 10],
    [6, -2, 10, 2],
    [-2, 6, 2, 10],
  ],
  level: [
    [0, 2, 8, 2],
    [0, 6, 8, 6],
  ],
  crossed: [
    [-2, 10, 10, -2],
    [-2, -2, 10, 10],
  ],
  dense: [
    [-2, 10, 10, -2],
    [-2, 6, 6, -2],
    [2, 10, 10, 2],
    [-2, 2, 2, -2],
    [6, 10, 10, 6],
  ],
};

export class PatternBook {
  readonly #made = new Map<string, CanvasPattern | undefined>();
  readonly #ratio: number;

  /** @param ratio device pixels of a CSS pixel */
  constructor(ratio: number) {
    this.#ratio = ratio;
  }

  /** Undefined: plain. */
  patternOf(context: CanvasRenderingContext2D, kind: PatternKind, stroke: string): CanvasPattern | undefined {
    if (kind === "plain") return undefined;
    const key = `${kind} ${stroke}`;
    if (!this.#made.has(key)) this.#made.set(key, this.#make(context, kind, stroke));
    return this.#made.get(key);
  }

  #make(context: CanvasRenderingContext2D, kind: PatternKind, stroke: string): CanvasPattern | undefined {
    const tile = document.createElement("canvas");
    tile.width = SIZE * this.#ratio;
    tile.height = SIZE * this.#ratio;
    const drawing = tile.getContext("2d");
    if (drawing === null) return undefined;
    drawing.scale(this.#ratio, this.#ratio);
    drawing.strokeStyle = stroke;
    drawing.lineWidth = 1.4;
    for (const [x1, y1, x2, y2] of LINES[kind]) {
      drawing.beginPath();
      drawing.moveTo(x1, y1);
      drawing.lineTo(x2, y2);
      drawing.stroke();
    }
    const pattern = context.createPattern(tile, "repeat");
    // The context is scaled by the ratio, and a pattern with it.
    pattern?.setTransform(new DOMMatrix().scale(1 / this.#ratio));
    return pattern ?? undefined;
  }
}
