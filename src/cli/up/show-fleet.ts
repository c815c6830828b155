/**
 * The screen of `plexaubnet up`: on a terminal it follows the fleet for as long as the command runs; elsewhere it is
 * printed once.
 */
import type { Clock } from "../../kernel/index.ts";
import type { FleetSource } from "../fleet/settling.ts";
import { fleetScreen, type ScreenFacts } from "../screen/fleet-screen.ts";
import { LiveRegion, printLines, type Terminal } from "../screen/terminal.ts";

export type Surroundings = Omit<ScreenFacts, "fleet" | "consoleLink"> & {
  /** It changes when it is used. */
  readonly consoleLink?: () => string;
};

const EMPTY = { pools: [], poolClaims: [], claims: [] };

export function printFleet(terminal: Terminal, facts: Surroundings, source: FleetSource): void {
  printLines(terminal, fleetScreen(factsOf(facts, source), { bars: terminal.isLive }));
}

function factsOf({ consoleLink, ...facts }: Surroundings, { fleet = EMPTY }: FleetSource): ScreenFacts {
  return { ...facts, fleet, ...(consoleLink !== undefined && { consoleLink: consoleLink() }) };
}

const REDRAW_AFTER_MS = 100;
/** Drawing takes at most this part of the time, however large the fleet. */
const DRAWING_SHARE = 0.1;

/** Draws the fleet until the returned function is called; that leaves the last picture standing. */
export function followFleet(
  terminal: Terminal,
  facts: Surroundings,
  source: FleetSource,
  clock: Clock,
): () => void {
  const region = new LiveRegion(terminal, (size) =>
    fleetScreen(factsOf(facts, source), { bars: true, size }),
  );
  let pauseMs = REDRAW_AFTER_MS;
  let isDue = false;
  const draw = () => {
    isDue = false;
    const startMs = clock.monotonicMs();
    region.redraw();
    pauseMs = Math.max(REDRAW_AFTER_MS, (clock.monotonicMs() - startMs) / DRAWING_SHARE);
  };
  const unsubscribe = source.onChange(() => {
    if (isDue) return;
    isDue = true;
    clock.setTimer(pauseMs, () => (isOpen ? draw() : undefined), true);
  });
  let isOpen = true;
  const close = () => {
    isOpen = false;
    unsubscribe();
    region.close();
    process.off("exit", close);
  };
  // A crash, too, gives the cursor back.
  process.on("exit", close);
  return close;
}
