/** What is drawn of a band for a frame, from what React knows and what changes between its renders. */
import { useCallback, useEffect, useRef } from "react";
import { parseBlock } from "../address/address.ts";
import type { Theme } from "../shell/theme.ts";
import type { BandLayout } from "./band-layout.ts";
import { drawBand, type Ring } from "./draw-band.ts";
import type { MapPicture } from "./map-picture.ts";
import type { ColourMode } from "./palette.ts";
import type { Pulse } from "./pulses.ts";
import { useBandLayout, useMovingLayout } from "./use-band-layout.ts";
import { type Draw, useCanvas } from "./use-canvas.ts";
import { usePulses } from "./use-pulses.ts";
import type { Size } from "./use-size.ts";
import type { ViewStore } from "./view-store.ts";

export interface BandProps {
  readonly store: ViewStore;
  /** Of the whole pool. */
  readonly overview: MapPicture;
  /** Of the window and around it, as soon as there is one. */
  readonly picture: MapPicture | undefined;
  readonly theme: Theme;
  readonly mode: ColourMode;
}

export interface BandCanvas {
  readonly layout: BandLayout | undefined;
  /** Asks for a new frame. */
  readonly redraw: () => void;
  /** What is drawn around segments, apart from React: it follows the pointer. */
  readonly rings: { current: readonly Ring[] };
}

export function useBandCanvas(
  canvas: React.RefObject<HTMLCanvasElement | null>,
  size: Size | undefined,
  { store, overview, picture, theme, mode }: BandProps,
): BandCanvas {
  const rings = useRef<readonly Ring[]>([]);
  const layout = useBandLayout(size, { store, overview, picture });
  const moving = useMovingLayout(layout);
  const pulses = useRef<readonly Pulse[]>([]);
  const draw = useCallback<Draw>(
    (context, patterns) => {
      const current = moving.at(performance.now());
      if (current === undefined) return;
      const now = Date.now() / 1000;
      const pictures = picture === undefined ? [overview] : [overview, picture];
      const block = parseBlock(overview.answer.cidr);
      drawBand(context, {
        family: block?.family ?? 4,
        view: store.view,
        layout: current,
        theme,
        looks: ({ answer: { lanes, clusters } }) => ({ theme, mode, lanes, clusters, now }),
        pictures,
        poolLabel: [overview.answer.pool, overview.answer.cidr],
        patterns,
        rings: rings.current,
        pulses: pulses.current,
      });
    },
    [moving, store, overview, picture, theme, mode],
  );
  const redraw = useCanvas(canvas, size, draw);
  useEffect(() => store.listen(redraw), [store, redraw]);
  useEffect(() => moving.run(redraw), [moving, redraw]);
  usePulses(overview.answer.namespace, pulses, redraw);
  return { layout, redraw, rings };
}
