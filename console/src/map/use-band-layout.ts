/** Where the lanes are: as what fills the window changes, they move to their new places within a few frames. */
import { useMemo, useState, useSyncExternalStore } from "react";
import { type BandLayout, bandLayout, layoutBetween } from "./band-layout.ts";
import type { MapPicture } from "./map-picture.ts";
import { slimLanes } from "./slim-lanes.ts";
import type { Size } from "./use-size.ts";
import type { ViewStore } from "./view-store.ts";

interface BandContent {
  readonly store: ViewStore;
  readonly overview: MapPicture;
  readonly picture: MapPicture | undefined;
}

const laneCountOf = ({ answer }: MapPicture): number =>
  answer.lanes.reduce((most, { depth }) => Math.max(most, depth + 1), 1);

export function useBandLayout(
  size: Size | undefined,
  { store, overview, picture = overview }: BandContent,
): BandLayout | undefined {
  const laneCount = laneCountOf(overview);
  const slim = useSyncExternalStore(
    (listener) => store.listen(listener),
    () => slimLanes(picture, store.view, laneCount).map(Number).join(""),
  );
  return useMemo(
    () =>
      size === undefined
        ? undefined
        : bandLayout(
            size.width,
            size.height,
            [...slim].map((each) => each === "1"),
          ),
    [size, slim],
  );
}

const MOVE_MS = 180;

class MovingLayout {
  #from: BandLayout | undefined;
  #to: BandLayout | undefined;
  #began = 0;

  /** To a layout of another size at once. */
  goTo(layout: BandLayout | undefined, now: number): void {
    if (layout === this.#to) return;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const isSame = this.#to?.width === layout?.width && this.#to?.height === layout?.height;
    this.#from = isSame && !isStill ? this.at(now) : undefined;
    this.#to = layout;
    this.#began = now;
  }

  at(now: number): BandLayout | undefined {
    if (this.#from === undefined || this.#to === undefined) return this.#to;
    const t = Math.min(1, Math.max(0, (now - this.#began) / MOVE_MS));
    if (t === 1) this.#from = undefined;
    return layoutBetween(this.#from ?? this.#to, this.#to, t * (2 - t));
  }

  get isMoving(): boolean {
    return this.#from !== undefined;
  }

  /** Asks for frames until it has arrived. */
  run(redraw: () => void): () => void {
    let frame: number | undefined;
    const step = () => {
      redraw();
      frame = this.isMoving ? requestAnimationFrame(step) : undefined;
    };
    if (this.isMoving) frame = requestAnimationFrame(step);
    return () => {
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }
}

/** Another object for each layout, all of the same movement. */
export function useMovingLayout(layout: BandLayout | undefined) {
  const [moving] = useState(() => new MovingLayout());
  return useMemo(() => {
    moving.goTo(layout, performance.now());
    return { at: (now: number) => moving.at(now), run: (redraw: () => void) => moving.run(redraw) };
  }, [moving, layout]);
}
