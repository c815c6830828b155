/**
 * Colours of the map in both themes. A colour never stands alone: states have patterns beside it, clusters too, and age
 * and use are also a scale from light to dark.
 */
import { scaleLog, scaleQuantize } from "d3-scale";
import type { MapState } from "../api/answers.ts";
import type { Theme } from "../shell/theme.ts";
import type { PatternKind } from "./patterns.ts";

/** How a segment is filled and written on. */
export interface Look {
  readonly fill: string;
  readonly ink: string;
  readonly pattern: PatternKind;
  /** Colour of the pattern. */
  readonly stroke: string;
}

export type ColourMode = "state" | "cluster" | "age" | "use";

export const COLOUR_MODES: readonly { readonly id: ColourMode; readonly title: string }[] = [
  { id: "state", title: "State" },
  { id: "cluster", title: "Cluster" },
  { id: "age", title: "Age" },
  { id: "use", title: "Utilization" },
];

const look = (fill: string, ink: string, pattern: PatternKind = "plain", stroke = fill): Look => ({
  fill,
  ink,
  pattern,
  stroke,
});

export const STATE_LOOKS: Readonly<Record<Theme, Readonly<Record<MapState, Look>>>> = {
  light: {
    free: look("#eef2f0", "#4b5a55"),
    allocated: look("#1f776d", "#ffffff"),
    deciding: look("#f6c659", "#2a1c00", "rising", "#b07a0a"),
    resting: look("#d3cef0", "#241c56", "level", "#7a70bd"),
    reserved: look("#c9cfcd", "#1f2725", "crossed", "#8b9592"),
    overlapping: look("#c43a32", "#ffffff", "dense", "#e98a83"),
    child: look("#bfd6d0", "#12231f"),
    failed: look("#f3c7c3", "#5a120d", "falling", "#b3261e"),
  },
  dark: {
    free: look("#202c29", "#a9b7b2"),
    allocated: look("#3a9c8f", "#041512"),
    deciding: look("#c98f24", "#1a1000", "rising", "#7a5406"),
    resting: look("#4b4480", "#f0eeff", "level", "#8f86cf"),
    reserved: look("#39423f", "#eef3f1", "crossed", "#65716d"),
    overlapping: look("#d9564c", "#1d0402", "dense", "#8e221a"),
    child: look("#2b4a44", "#eef5f2"),
    failed: look("#5d2621", "#ffe7e4", "falling", "#c25a51"),
  },
};

/** Child pools: the deeper, the stronger. */
const CHILD_FILLS: Readonly<Record<Theme, readonly string[]>> = {
  light: ["#cfe1dc", "#bcd6cf", "#a9cbc2", "#97c0b5", "#86b5a9"],
  dark: ["#2b4a44", "#33574f", "#3b635b", "#446f66", "#4d7b71"],
};

export function childLook(theme: Theme, depth: number): Look {
  const fills = CHILD_FILLS[theme];
  const fill = fills[Math.min(depth, fills.length - 1)] ?? "#888888";
  return remember(`${theme} child ${fill}`, () => look(fill, STATE_LOOKS[theme].child.ink));
}

/** What surrounds segments. */
export const FRAME: Readonly<
  Record<
    Theme,
    {
      readonly ground: string;
      readonly line: string;
      readonly ink: string;
      readonly soft: string;
      readonly cursor: string;
      readonly chosen: string;
      readonly pulse: string;
    }
  >
> = {
  light: {
    ground: "#ffffff",
    line: "#c4cfcb",
    ink: "#15201d",
    soft: "#5d6b66",
    cursor: "#0b5bd3",
    chosen: "#15201d",
    pulse: "#e08600",
  },
  dark: {
    ground: "#0f1615",
    line: "#34413d",
    ink: "#e7eeeb",
    soft: "#94a39e",
    cursor: "#7fb2ff",
    chosen: "#ffffff",
    pulse: "#ffc24d",
  },
};

/** Ten hues that the colour-blind can distinguish in pairs, each with four patterns. */
const HUES: Readonly<Record<Theme, readonly string[]>> = {
  light: [
    "#1f776d",
    "#b3571a",
    "#3b64b0",
    "#8b5c9e",
    "#67791d",
    "#b0415f",
    "#2c7aa1",
    "#8a6a1f",
    "#56616b",
    "#7a4b32",
  ],
  dark: [
    "#4fb3a5",
    "#e0955c",
    "#84a6ea",
    "#c39ad6",
    "#a9bd55",
    "#e68aa2",
    "#6bb7dc",
    "#cfae59",
    "#a3b0bb",
    "#c59a80",
  ],
};
const PATTERNS: readonly PatternKind[] = ["plain", "rising", "level", "falling"];

/** One object for one look, so that what looks alike can be drawn together. */
const remembered = new Map<string, Look>();
const MOST_REMEMBERED = 20_000;

function remember(key: string, make: () => Look): Look {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  if (remembered.size > MOST_REMEMBERED) remembered.clear();
  const made = make();
  remembered.set(key, made);
  return made;
}

/** The same for a name on every machine and in every session. */
export function clusterLook(theme: Theme, cluster: string): Look {
  return remember(`${theme} cluster ${cluster}`, () => makeClusterLook(theme, cluster));
}

function makeClusterLook(theme: Theme, cluster: string): Look {
  const hash = hashOf(cluster);
  const hues = HUES[theme];
  const fill = hues[hash % hues.length] ?? "#888888";
  const pattern = PATTERNS[Math.floor(hash / hues.length) % PATTERNS.length] ?? "plain";
  return look(
    fill,
    theme === "light" ? "#ffffff" : "#07110f",
    pattern,
    theme === "light" ? "#ffffff4d" : "#0000004d",
  );
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** From little to much. */
const RAMP: Readonly<Record<Theme, readonly string[]>> = {
  light: ["#e3efec", "#c4e0da", "#9fcdc4", "#75b6ab", "#4b9c91", "#2b8278", "#17675f", "#0b4d47", "#053632"],
  dark: ["#1a2a27", "#1f3d38", "#24524b", "#2a6a61", "#2c756b", "#459f91", "#66baac", "#94d4c8", "#c9ece4"],
};

function rampLook(theme: Theme, step: string): Look {
  return remember(`${theme} ramp ${step}`, () => makeRampLook(theme, step));
}

function makeRampLook(theme: Theme, step: string): Look {
  const index = RAMP[theme].indexOf(step);
  const isDeep = index >= 5;
  const ink = theme === "light" ? (isDeep ? "#ffffff" : "#0c1f1b") : isDeep ? "#04100e" : "#e7eeeb";
  return look(step, ink);
}

const utilizationScales = {
  light: scaleQuantize<string>().domain([0, 100]).range(RAMP.light),
  dark: scaleQuantize<string>().domain([0, 100]).range(RAMP.dark),
};

export const utilizationLook = (theme: Theme, percent: number): Look =>
  rampLook(theme, utilizationScales[theme](percent));

/** From a minute to two years: by its logarithm, what is new is strong. */
const ageScale = scaleLog()
  .domain([60, 63_072_000])
  .range([RAMP.light.length - 1, 0])
  .clamp(true);

export function ageLook(theme: Theme, seconds: number): Look {
  const ramp = RAMP[theme];
  return rampLook(theme, ramp[Math.round(ageScale(Math.max(60, seconds)))] ?? ramp[0] ?? "#888888");
}

/** Steps of a scale for the legend, from little to much. */
export const rampOf = (theme: Theme): readonly string[] => RAMP[theme];
