/** What was decided a moment ago, for as long as it is shown: apart from React, since it changes with every frame. */
import { useEffect } from "react";
import { onActivity } from "../api/live-queries.ts";
import { type Pulse, pulsesAfter } from "./pulses.ts";

/** Keeps `pulses` up to date, and asks for frames while there are any. */
export function usePulses(
  namespace: string,
  pulses: { current: readonly Pulse[] },
  redraw: () => void,
): void {
  useEffect(() => {
    let frame: number | undefined;
    const step = () => {
      pulses.current = pulsesAfter(pulses.current, [], namespace, performance.now());
      redraw();
      frame = pulses.current.length > 0 ? requestAnimationFrame(step) : undefined;
    };
    const stop = onActivity((entries) => {
      pulses.current = pulsesAfter(pulses.current, entries, namespace, performance.now());
      if (pulses.current.length > 0) frame ??= requestAnimationFrame(step);
    });
    return () => {
      stop();
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [namespace, pulses, redraw]);
}
