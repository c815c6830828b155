/** The band on its canvas: draws, and answers to wheel, touch, pointer and keyboard. */
import { useCallback, useEffect, useRef, useState } from "react";
import { type Block, lastOf } from "../address/address.ts";
import { Announcer } from "../shell/announcer.tsx";
import { useBandKeys } from "./band-keys.ts";
import { depthAt } from "./band-layout.ts";
import { sentenceOf } from "./band-words.ts";
import type { Ring } from "./draw-band.ts";
import { listenToGestures } from "./gestures.ts";
import { cellAt, choiceAt, factsOf, type MapPicture, type SegmentFacts, segmentAt } from "./map-picture.ts";
import { type BandProps, useBandCanvas } from "./use-band-scene.ts";
import type { Chosen } from "./use-chosen.ts";
import { pointOn, useCanvasSize } from "./use-size.ts";
import { changed, fromScreen, STEPS, windowBetween } from "./view-window.ts";

export interface Pointed {
  readonly facts: SegmentFacts;
  readonly picture: MapPicture;
  /** The address under the pointer. */
  readonly address: bigint;
  /** In the window of the browser, in CSS pixels. */
  readonly x: number;
  readonly y: number;
}

export interface BandSurfaceProps extends BandProps {
  readonly label: string;
  readonly chosen: Chosen | undefined;
  readonly onPoint: (pointed: Pointed | undefined) => void;
  readonly onChoose: (block: Block | undefined) => void;
}

export function BandSurface(props: BandSurfaceProps) {
  const { store, label, chosen, onPoint, onChoose } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useCanvasSize(frame);
  const { layout, redraw, rings } = useBandCanvas(canvas, size, props);
  const [hovered, setHovered] = useState<Ring>();
  const find = useFinder(props, layout, canvas);
  const keys = useBandKeys(props, (facts) => onChoose(choiceAt(facts.picture, facts, facts.first)));

  useEffect(() => {
    rings.current = [hovered, ringOfChosen(chosen), keys.ring].filter((ring) => ring !== undefined);
    redraw();
  }, [hovered, chosen, keys.ring, rings, redraw]);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    return listenToGestures(element, {
      onStart: () => store.stop(),
      onChange: (change) => {
        onPoint(undefined);
        store.set(changed(store.view, change, store.bounds));
      },
    });
  }, [store, onPoint]);

  const point = (event: React.PointerEvent) => {
    if (event.buttons !== 0 || event.pointerType === "touch") return;
    const found = find(event.clientX, event.clientY);
    setHovered(found === undefined ? undefined : ringOf(found.facts, "hover"));
    onPoint(found);
  };
  const leave = () => {
    setHovered(undefined);
    onPoint(undefined);
  };
  return (
    <div className="band" ref={frame}>
      <canvas
        ref={canvas}
        className="band-canvas"
        tabIndex={0}
        role="application"
        aria-roledescription="map"
        aria-label={label}
        aria-describedby="map-keys"
        onPointerMove={point}
        onPointerLeave={leave}
        onClick={({ clientX, clientY }) => {
          const found = find(clientX, clientY);
          onChoose(found && choiceAt(found.picture, found.facts, found.address));
        }}
        onDoubleClick={({ clientX, clientY }) => {
          const found = find(clientX, clientY);
          if (found !== undefined) store.goTo(windowBetween(found.facts.first, found.facts.last));
        }}
        onKeyDown={keys.press}
        onFocus={keys.focus}
        onBlur={keys.blur}
      />
      <Announcer text={keys.facts === undefined ? "" : sentenceOf(keys.facts.picture, keys.facts)} />
    </div>
  );
}

function ringOf({ first, last, depth }: SegmentFacts, kind: Ring["kind"]): Ring {
  return { first, last, depth, kind };
}

function ringOfChosen(chosen: BandSurfaceProps["chosen"]): Ring | undefined {
  if (chosen === undefined) return undefined;
  const { block, depth } = chosen;
  return { first: block.first, last: lastOf(block), depth, kind: "chosen" };
}

/** Finds what is under a point of the screen. */
function useFinder(
  { store, overview, picture }: BandProps,
  layout: ReturnType<typeof useBandCanvas>["layout"],
  canvas: React.RefObject<HTMLCanvasElement | null>,
) {
  return useCallback(
    (x: number, y: number): Pointed | undefined => {
      if (layout === undefined || canvas.current === null) return undefined;
      const point = pointOn(canvas.current, x, y);
      const depth = depthAt(layout, point.y);
      if (depth === undefined || depth < 0) return undefined;
      const position = fromScreen(store.view, point.x, layout.width);
      for (const each of picture === undefined ? [overview] : [picture, overview]) {
        const lane = each.answer.lanes.findIndex((one) => one.depth === depth);
        const columns = each.answer.lanes[lane];
        const isInside = position >= each.first * STEPS && position < (each.last + 1n) * STEPS;
        if (columns === undefined || !isInside) continue;
        const segment = segmentAt(columns, cellAt(each, position));
        const facts = segment === undefined ? undefined : factsOf(each, { lane, segment });
        return facts && { facts, picture: each, address: position / STEPS, x, y };
      }
      return undefined;
    },
    [store, overview, picture, layout, canvas],
  );
}
