/** A small chart over time, by uPlot: its data is also there as a table, for screen readers. */
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { useSize } from "../map/use-size.ts";
import { type Theme, useTheme } from "./theme.ts";

export interface ChartSeries {
  readonly title: string;
  readonly values: readonly number[];
  /** Name of a colour of the page: `accent`, `warn`. */
  readonly colour: "accent" | "warn";
  readonly kind: "bars" | "line";
}

interface LineChartProps {
  readonly label: string;
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  /** Of the axis, such as `%`. */
  readonly unit?: string;
}

const HEIGHT = 110;

export function LineChart({ label, times, series, unit = "" }: LineChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const theme = useTheme();
  const width = size?.width;
  useEffect(() => {
    const { current } = box;
    if (current === null || width === undefined) return;
    const data = [[...times], ...series.map(({ values }) => [...values])] as uPlot.AlignedData;
    const chart = new uPlot(optionsOf(width, series, unit, coloursOf(current, theme)), data, current);
    return () => chart.destroy();
  }, [width, times, series, unit, theme]);
  return (
    <figure className="chart">
      <figcaption>{label}</figcaption>
      <div className="chart-box" ref={box} aria-hidden="true" />
      <table className="unseen">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, index) => (
            <tr key={time}>
              <th scope="row">{new Date(time * 1000).toISOString()}</th>
              {series.map(({ title, values }) => (
                <td key={title}>{values[index]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

type Colours = Readonly<Record<"accent" | "warn" | "ink-soft" | "line", string>>;

/** As the page has them in this theme. */
function coloursOf(element: HTMLElement, _theme: Theme): Colours {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return { accent: read("accent"), warn: read("warn"), "ink-soft": read("ink-soft"), line: read("line") };
}

const DAY = 86_400;

/** The date at midnight, and otherwise the time. */
function timeOfTick(seconds: number): string {
  const at = new Date(seconds * 1000);
  const isMidnight = (seconds - at.getTimezoneOffset() * 60) % DAY === 0;
  return isMidnight
    ? at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })
    : at.toLocaleTimeString("en-GB").replace(/:00$/, "");
}

function optionsOf(
  width: number,
  series: readonly ChartSeries[],
  unit: string,
  colours: Colours,
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colours["ink-soft"],
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1, size: 4 },
    font: "11px system-ui, sans-serif",
  };
  const bars = uPlot.paths.bars;
  return {
    width,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map(timeOfTick), size: 24, space: 64 },
      { ...axis, size: 44, values: (_, ticks) => ticks.map((tick) => `${tick}${unit}`) },
    ],
    series: [
      {},
      ...series.map(({ title, colour, kind }): uPlot.Series => {
        const path = kind === "bars" && bars !== undefined ? { paths: bars({ size: [0.7, 24] }) } : {};
        return {
          label: title,
          stroke: colours[colour],
          fill: `${colours[colour]}${kind === "bars" ? "" : "22"}`,
          width: 1.5,
          points: { show: false },
          ...path,
        };
      }),
    ],
  };
}
