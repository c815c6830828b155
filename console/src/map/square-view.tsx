/** The Hilbert square of a pool: what is near in the pool is near in the square. */
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { type Block, formatAddress, formatBlock, lastOf, parseBlock } from "../address/address.ts";
import { Announcer } from "../shell/announcer.tsx";
import { Loading } from "../shell/page-states.tsx";
import type { Theme } from "../shell/theme.ts";
import type { Pointed } from "./band-surface.tsx";
import { sentenceOf } from "./band-words.ts";
import { drawSquare, type SquareScene } from "./draw-square.ts";
import { choiceAt, factsOf, type MapPicture, segmentAt } from "./map-picture.ts";
import type { MapPlace } from "./map-place.ts";
import { useSquareKeys } from "./square-keys.ts";
import { closer, farther, squareBlock, squareLayout } from "./square-layout.ts";
import { type Draw, useCanvas } from "./use-canvas.ts";
import type { Chosen } from "./use-chosen.ts";
import { useWindow } from "./use-map-data.ts";
import { useCanvasSize } from "./use-size.ts";
import type { ViewStore } from "./view-store.ts";
import { windowOf } from "./view-window.ts";

/** 64 by 64. */
const CELLS = 4096;
/** Of a wheel, for one step. */
const NOTCH = 60;

export interface SquareViewProps {
  readonly map: MapPlace;
  readonly overview: MapPicture;
  readonly store: ViewStore;
  readonly theme: Theme;
  readonly chosen: Chosen | undefined;
  readonly onChoose: (block: Block | undefined) => void;
  readonly onPoint: (pointed: Pointed | undefined) => void;
}

export function SquareView(props: SquareViewProps) {
  const { map, overview, store } = props;
  const { family } = overview;
  const view = useSyncExternalStore(
    (listener) => store.listen(listener),
    () => store.view,
  );
  const block = squareBlock(family, view);
  const query = {
    from: formatAddress(family, block.first),
    to: formatAddress(family, lastOf(block)),
    cells: CELLS,
  };
  const { picture } = useWindow(map, query, "square");
  if (picture === undefined || picture.answer.lanes.length > 1) return <Loading what="the square" />;
  return <SquareSurface {...props} picture={picture} block={block} />;
}

interface SquareSurfaceProps extends SquareViewProps {
  readonly picture: MapPicture;
  readonly block: Block;
}

/** A segment and the address in it, by its cell. */
function pointedAt(picture: MapPicture, cell: number, x: number, y: number): Pointed | undefined {
  const lane = picture.answer.lanes[0];
  const segment = lane === undefined ? undefined : segmentAt(lane, cell);
  const facts = segment === undefined ? undefined : factsOf(picture, { lane: 0, segment });
  return facts && { facts, picture, address: picture.first + BigInt(cell) * picture.cellSize, x, y };
}

/** A quarter closer, and four times farther. */
function useSquareZoom({ overview, store, block }: SquareSurfaceProps) {
  const pool = parseBlock(overview.answer.cidr) ?? block;
  const outermost = squareBlock(pool.family, windowOf(pool));
  return {
    zoomIn: (address: bigint) => store.set(windowOf(closer(block, address))),
    zoomOut: () => store.set(windowOf(farther(block, outermost))),
  };
}

function SquareSurface(props: SquareSurfaceProps) {
  const { map, theme, chosen, picture, block, onChoose, onPoint } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useCanvasSize(frame);
  const layout = useMemo(
    () => (size === undefined ? undefined : squareLayout(size.width, size.height, picture.answer.cellCount)),
    [size, picture],
  );
  const [hovered, setHovered] = useState<Pointed>();
  const zoom = useSquareZoom(props);
  const at = (cell: number) => pointedAt(picture, cell, 0, 0);
  const keys = useSquareKeys({ layout, canvas, pointedAt: at, ...zoom, onChoose });
  const rings = ringsOf(picture, [
    ["chosen", chosen && { first: chosen.block.first, last: lastOf(chosen.block) }],
    ["hover", hovered?.facts],
    ["cursor", keys.pointed?.facts],
  ]);
  const draw: Draw = (context, patterns) => {
    if (layout === undefined || size === undefined) return;
    const { lanes, clusters } = picture.answer;
    const looks = { theme, mode: map.colours, lanes, clusters, now: Date.now() / 1000 };
    drawSquare(context, { ...size, layout, picture, theme, looks, patterns, rings });
  };
  useCanvas(canvas, size, draw);
  const find = ({ clientX: x, clientY: y }: { readonly clientX: number; readonly clientY: number }) => {
    const cell = keys.cellUnder(x, y);
    return cell === undefined ? undefined : pointedAt(picture, cell, x, y);
  };
  useWheel(canvas, (delta, event) => {
    const found = find(event);
    if (delta > 0) zoom.zoomOut();
    else if (found !== undefined) zoom.zoomIn(found.address);
  });
  const point = (found: Pointed | undefined) => {
    setHovered(found);
    onPoint(found);
  };
  return (
    <div className="hilbert" ref={frame}>
      <canvas
        ref={canvas}
        className="hilbert-canvas"
        tabIndex={0}
        role="application"
        aria-roledescription="map"
        aria-label={`Square of ${formatBlock(block)}`}
        aria-describedby="map-keys"
        onPointerMove={(event) => event.pointerType !== "touch" && point(find(event))}
        onPointerLeave={() => point(undefined)}
        onClick={(event) => {
          const found = find(event);
          onChoose(found && choiceAt(found.picture, found.facts, found.address));
        }}
        onDoubleClick={(event) => {
          const found = find(event);
          if (found !== undefined) zoom.zoomIn(found.address);
        }}
        onKeyDown={keys.press}
        onBlur={keys.blur}
      />
      <Announcer text={keys.pointed === undefined ? "" : sentenceOf(picture, keys.pointed.facts)} />
    </div>
  );
}

type Range = { readonly first: bigint; readonly last: bigint } | undefined;

function ringsOf(
  { first, cellSize }: MapPicture,
  ranges: readonly (readonly [SquareScene["rings"][number]["kind"], Range])[],
): SquareScene["rings"] {
  const cell = (address: bigint) => Number((address - first) / cellSize);
  return ranges.flatMap(([kind, range]) =>
    range === undefined ? [] : [{ kind, first: cell(range.first), last: cell(range.last) }],
  );
}

/** A step for each notch of the wheel; React's own handler may not prevent the page from scrolling. */
function useWheel(
  canvas: React.RefObject<HTMLCanvasElement | null>,
  act: (delta: number, event: WheelEvent) => void,
): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    const { current } = canvas;
    let sum = 0;
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      sum += event.deltaY * (event.deltaMode === 1 ? 30 : 1);
      if (Math.abs(sum) < NOTCH) return;
      latest.current(sum, event);
      sum = 0;
    };
    current?.addEventListener("wheel", turn, { passive: false });
    return () => current?.removeEventListener("wheel", turn);
  }, [canvas]);
}
