/**
 * Wheel, touch and drag by d3-zoom, on a window that is exact. d3-zoom counts in doubles, which a /32 of IPv6 exceeds: so
 * what it reports is taken as a change of the window since the last report, and it starts again after each gesture.
 */
import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";

/** `share`: by how much of the width the left edge moves; `factor`: how much wider the window becomes. */
export interface Change {
  readonly share: number;
  readonly factor: number;
}

export interface GestureHandlers {
  readonly onChange: (change: Change) => void;
  readonly onStart?: () => void;
  readonly onEnd?: () => void;
}

/** What lies between two transforms, for a window of `width` pixels: first pan by `share`, then scale from the left edge. */
export function changeBetween(from: ZoomTransform, to: ZoomTransform, width: number): Change {
  const scale = from.k / to.k;
  return { share: (from.x - to.x * scale) / width, factor: scale };
}

/** Until the returned function is called. */
export function listenToGestures(element: HTMLElement, handlers: GestureHandlers): () => void {
  const selection = select<HTMLElement, unknown>(element);
  let last = zoomIdentity;
  const behaviour = zoom<HTMLElement, unknown>()
    .scaleExtent([1e-9, 1e9])
    .filter((event: MouseEvent) => !event.button && (event.type !== "mousedown" || !event.shiftKey))
    .wheelDelta(wheelDelta)
    .on("start", () => handlers.onStart?.())
    .on("zoom", ({ transform }: D3ZoomEvent<HTMLElement, unknown>) => {
      handlers.onChange(changeBetween(last, transform, element.clientWidth));
      last = transform;
    })
    .on("end", () => {
      last = zoomIdentity;
      // Where d3-zoom keeps it. Its own function would report the way back as a gesture.
      (element as HTMLElement & { __zoom?: ZoomTransform }).__zoom = zoomIdentity;
      handlers.onEnd?.();
    });
  selection.call(behaviour).on("dblclick.zoom", null);
  return () => {
    selection.on(".zoom", null);
  };
}

/** A notch of a wheel is a good step, and a trackpad moves finely. With Ctrl it is a pinch. */
function wheelDelta(event: WheelEvent): number {
  const unit = event.deltaMode === 1 ? 0.05 : event.deltaMode === 0 ? 0.002 : 1;
  return -event.deltaY * unit * (event.ctrlKey ? 6 : 1);
}
