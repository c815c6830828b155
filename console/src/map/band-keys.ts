/** The keyboard on the map: arrows move a cursor from block to block, Enter opens, + and − zoom, 0 shows all. */
import { type KeyboardEvent, useCallback, useMemo, useState } from "react";
import { type Cursor, type Move, moved, segmentUnder } from "./band-cursor.ts";
import type { Ring } from "./draw-band.ts";
import { factsOf, type MapPicture, type SegmentFacts } from "./map-picture.ts";
import type { BandProps } from "./use-band-scene.ts";
import {
  addressesIn,
  panned,
  STEPS,
  toScreen,
  type ViewWindow,
  windowBetween,
  zoomed,
} from "./view-window.ts";

export type FactsOn = SegmentFacts & { readonly picture: MapPicture };

const MOVES: Readonly<Record<string, Move>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

export function useBandKeys(props: BandProps, choose: (facts: FactsOn) => void) {
  const { store, overview, picture = overview } = props;
  const [cursor, setCursor] = useState<Cursor>();
  const [isFocused, setFocused] = useState(false);
  const facts = useMemo(() => factsAt(picture, cursor), [picture, cursor]);

  const move = useCallback(
    (to: Move) => {
      const from = cursor ?? { depth: 0, address: addressesIn(store.view).first };
      const next = cursor === undefined ? from : moved(picture, from, to);
      setCursor(next);
      const seen = factsAt(picture, next);
      if (seen !== undefined) keepVisible(store, seen);
    },
    [cursor, picture, store],
  );
  const press = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = MOVES[event.key];
    const isHandled = to !== undefined ? moveOrPan(event, to) : act(event.key);
    if (isHandled) event.preventDefault();
  };
  const moveOrPan = ({ shiftKey }: KeyboardEvent, to: Move): boolean => {
    if (!shiftKey) move(to);
    else if (to === "left" || to === "right") {
      store.goTo(panned(store.view, to === "left" ? -0.5 : 0.5, store.bounds));
    }
    return true;
  };
  const act = (key: string): boolean => {
    const anchor = facts === undefined ? 0.5 : anchorOf(store.view, facts);
    if (key === "+" || key === "=") store.goTo(zoomed(store.view, 0.5, anchor, store.bounds));
    else if (key === "-") store.goTo(zoomed(store.view, 2, anchor, store.bounds));
    else if (key === "0" || key === "Home") store.goTo(store.bounds);
    else if ((key === "Enter" || key === " ") && facts !== undefined) choose({ ...facts, picture });
    else if (key.toLowerCase() === "z" && facts !== undefined)
      store.goTo(windowBetween(facts.first, facts.last));
    else return false;
    return true;
  };
  return {
    press,
    focus: () => setFocused(true),
    blur: () => setFocused(false),
    ring: useMemo(() => (facts && isFocused ? ringOf(facts) : undefined), [facts, isFocused]),
    facts: isFocused && facts !== undefined ? { ...facts, picture } : undefined,
  };
}

function factsAt(picture: MapPicture, cursor: Cursor | undefined): SegmentFacts | undefined {
  const under = cursor === undefined ? undefined : segmentUnder(picture, cursor);
  return under === undefined ? undefined : factsOf(picture, under);
}

const ringOf = ({ first, last, depth }: SegmentFacts): Ring => ({ first, last, depth, kind: "cursor" });

/** The middle of a segment, as a share of the window; within it. */
function anchorOf(view: ViewWindow, { first, last }: SegmentFacts): number {
  const middle = ((first + last + 1n) * STEPS) / 2n;
  return Math.max(0, Math.min(1, toScreen(view, middle, 1)));
}

/** Pans until the segment begins on the screen. */
function keepVisible(store: BandProps["store"], { first, last }: SegmentFacts): void {
  const [left, right] = [first, last + 1n].map((address) => toScreen(store.view, address * STEPS, 1));
  if (left === undefined || right === undefined) return;
  if (left < 0 && right < 0.15) store.goTo(panned(store.view, left - 0.1, store.bounds));
  else if (left > 0.95) store.goTo(panned(store.view, left - 0.5, store.bounds));
}
