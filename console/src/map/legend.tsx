/** What the colours mean, with how many blocks of each state the window holds. */
import { useEffect, useRef } from "react";
import type { MapState } from "../api/answers.ts";
import type { Theme } from "../shell/theme.ts";
import { formatCount } from "../text/quantity.ts";
import { MAP_STATES, STATE_WORDS } from "./map-state.ts";
import { type ColourMode, type Look, rampOf, STATE_LOOKS } from "./palette.ts";
import { PatternBook } from "./patterns.ts";

interface LegendProps {
  readonly mode: ColourMode;
  readonly theme: Theme;
  readonly counts: Readonly<Record<MapState, number>>;
}

export function Legend({ mode, theme, counts }: LegendProps) {
  return (
    <div className="legend">
      <ul className="legend-states" aria-label="Blocks by state on the screen">
        {MAP_STATES.filter((state) => state !== "free").map((state) => (
          <li key={state} className={counts[state] === 0 ? "is-none" : undefined}>
            <Swatch look={STATE_LOOKS[theme][state]} theme={theme} />
            {STATE_WORDS[state]} <b className="numeric">{formatCount(counts[state])}</b>
          </li>
        ))}
        <li>
          <Swatch look={STATE_LOOKS[theme].free} theme={theme} /> free
        </li>
      </ul>
      {mode === "state" ? null : <Scale mode={mode} theme={theme} />}
    </div>
  );
}

const ENDS: Readonly<Record<Exclude<ColourMode, "state" | "cluster">, readonly [string, string]>> = {
  age: ["2 years old", "new"],
  use: ["0 %", "100 %"],
};

function Scale({ mode, theme }: Omit<LegendProps, "counts">) {
  if (mode === "cluster") {
    return (
      <p className="legend-scale soft">A colour and pattern for each cluster; grey: several clusters.</p>
    );
  }
  if (mode === "state") return null;
  const [least, most] = ENDS[mode];
  return (
    <p className="legend-scale soft">
      {least}
      <span className="ramp" aria-hidden="true">
        {rampOf(theme).map((colour) => (
          <span key={colour} style={{ background: colour }} />
        ))}
      </span>
      {most}
    </p>
  );
}

const WIDTH = 22;
const HEIGHT = 14;

/** As it is drawn on the map, with its pattern. */
export function Swatch({ look, theme }: { readonly look: Look; readonly theme: Theme }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { current } = canvas;
    const context = current?.getContext("2d");
    if (current === null || context === null || context === undefined) return;
    const ratio = devicePixelRatio;
    current.width = WIDTH * ratio;
    current.height = HEIGHT * ratio;
    context.scale(ratio, ratio);
    context.fillStyle = look.fill;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    const pattern = new PatternBook(ratio).patternOf(context, look.pattern, look.stroke);
    if (pattern !== undefined) {
      context.fillStyle = pattern;
      context.fillRect(0, 0, WIDTH, HEIGHT);
    }
  }, [look]);
  return <canvas ref={canvas} className={`swatch is-${theme}`} aria-hidden="true" />;
}
