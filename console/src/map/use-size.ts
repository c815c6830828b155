/** The size of an element, as it changes. */
import { type RefObject, useLayoutEffect, useMemo, useState } from "react";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** In CSS pixels. */
export function useSize(element: RefObject<HTMLElement | null>): Size | undefined {
  const [size, setSize] = useState<Size>();
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = current;
      setSize((before) => (before?.width === width && before.height === height ? before : { width, height }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    measure();
    return () => observer.disconnect();
  }, [element]);
  return size;
}

/** In units of a canvas: CSS pixels where text has its usual size, and larger ones on a wall screen. */
export function useCanvasSize(element: RefObject<HTMLElement | null>): Size | undefined {
  const size = useSize(element);
  const unit = canvasUnit();
  const [width, height] = [size && size.width / unit, size && size.height / unit];
  return useMemo(
    () => (width === undefined || height === undefined ? undefined : { width, height }),
    [width, height],
  );
}

/** CSS pixels of a unit. */
export function canvasUnit(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

/** Where a pointer is on an element, in units of a canvas. */
export function pointOn(
  element: HTMLElement,
  x: number,
  y: number,
): { readonly x: number; readonly y: number } {
  const { left, top } = element.getBoundingClientRect();
  const unit = canvasUnit();
  return { x: (x - left) / unit, y: (y - top) / unit };
}
