/** A canvas that is drawn when something changed, at most once a frame, sharp on every screen. */
import { type RefObject, useCallback, useEffect, useRef } from "react";
import { PatternBook } from "./patterns.ts";
import { canvasUnit, type Size } from "./use-size.ts";

export type Draw = (context: CanvasRenderingContext2D, patterns: PatternBook) => void;

/** Returns what asks for a new drawing. `draw` may change with each render. */
export function useCanvas(canvas: RefObject<HTMLCanvasElement | null>, size: Size | undefined, draw: Draw) {
  const latest = useRef(draw);
  const frame = useRef<number>(undefined);
  const patterns = useRef<{ readonly ratio: number; readonly book: PatternBook }>(undefined);

  const paint = useCallback(() => {
    frame.current = undefined;
    const { current } = canvas;
    const context = current?.getContext("2d", { alpha: false });
    if (current === null || context === null || context === undefined || size === undefined) return;
    const ratio = devicePixelRatio * canvasUnit();
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (current.width !== width || current.height !== height) {
      current.width = width;
      current.height = height;
    }
    if (patterns.current?.ratio !== ratio) patterns.current = { ratio, book: new PatternBook(ratio) };
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    latest.current(context, patterns.current.book);
  }, [canvas, size]);

  const request = useCallback(() => {
    frame.current ??= requestAnimationFrame(paint);
  }, [paint]);

  useEffect(() => {
    latest.current = draw;
    request();
  }, [draw, request]);
  // With another size another function paints: the frame that was asked for is of the old one.
  useEffect(() => {
    const isCurrent = paint;
    return () => {
      if (frame.current !== undefined && isCurrent === paint) cancelAnimationFrame(frame.current);
      frame.current = undefined;
    };
  }, [paint]);
  return request;
}
