/** The picture of a pool with its tools: crumbs, colours, shape, zoom, legend; or its table. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Block, parseBlock } from "../address/address.ts";
import { go, hrefWith, usePlace } from "../route/location.ts";
import { useTheme } from "../shell/theme.ts";
import { displayText } from "../text/display-text.ts";
import { BandSurface, type Pointed } from "./band-surface.tsx";
import { HoverCard } from "./hover-card.tsx";
import { Legend } from "./legend.tsx";
import { MapCrumbs } from "./map-crumbs.tsx";
import type { MapPicture } from "./map-picture.ts";
import { formatChoice, type MapPlace } from "./map-place.ts";
import { MapTable } from "./map-table.tsx";
import { MapTools } from "./map-tools.tsx";
import { SquareView } from "./square-view.tsx";
import { useChosen } from "./use-chosen.ts";
import { useWindow } from "./use-map-data.ts";
import { useSize } from "./use-size.ts";
import { useWindowInUrl, useWindowQuery } from "./use-window-query.ts";
import { ViewStore } from "./view-store.ts";
import { formatRange, parseRange, windowOf } from "./view-window.ts";

export interface MapViewProps {
  readonly map: MapPlace;
  readonly overview: MapPicture;
}

export function MapView({ map, overview }: MapViewProps) {
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const store = useViewStore(map, overview);
  const query = useWindowQuery(store, overview.family, size?.width);
  const { picture, isFetching } = useWindow(map, query, "band");
  useWindowInUrl(store, overview.family);
  const [pointed, setPointed] = useState<Pointed>();
  const place = usePlace();
  const choose = useCallback(
    (block: Block | undefined) =>
      go(hrefWith(place, { at: block && formatChoice(block), claim: undefined }), { replace: true }),
    [place],
  );
  const chosen = useChosen(map, overview);
  const theme = useTheme();
  const { pool, cidr } = overview.answer;
  return (
    <section className="map-view" aria-label={`Map of pool ${displayText(pool)}`}>
      <h1 className="unseen">Map of pool {displayText(pool)}</h1>
      <div className="map-head">
        <MapCrumbs map={map} overview={overview} store={store} />
        <MapTools map={map} store={store} picture={picture ?? overview} isFetching={isFetching} />
        {map.range === undefined || parseRange(overview.family, map.range) !== undefined ? null : (
          <p className="problem" role="status">
            {displayText(map.range)} is not a range of this pool, such as {rangeExample(overview)}: all of it
            is shown.
          </p>
        )}
      </div>
      <div className="map-box" ref={box}>
        {map.isTable ? (
          <MapTable picture={picture ?? overview} onChoose={choose} />
        ) : map.shape === "square" ? (
          <SquareView
            map={map}
            overview={overview}
            store={store}
            theme={theme}
            chosen={chosen}
            onChoose={choose}
            onPoint={setPointed}
          />
        ) : (
          <BandSurface
            label={`Map of pool ${displayText(pool)}, ${cidr}`}
            store={store}
            overview={overview}
            picture={picture}
            theme={theme}
            mode={map.colours}
            chosen={chosen}
            onPoint={setPointed}
            onChoose={choose}
          />
        )}
      </div>
      <Legend mode={map.colours} theme={theme} counts={(picture ?? overview).answer.counts} />
      <HoverCard map={map} pointed={pointed} />
      <p id="map-keys" className="unseen">
        Arrow keys move from block to block and between depths, Enter opens, Z zooms to the block, plus and
        minus zoom, Shift with an arrow pans, 0 shows all. The button Table shows the same as a table.
      </p>
    </section>
  );
}

const rangeExample = ({ family, answer }: MapPicture): string => {
  const block = parseBlock(answer.cidr);
  return block === undefined ? "10.0.0.0-10.0.0.255" : formatRange(family, windowOf(block));
};

/** One store a map; a range in the URL that it did not write itself is gone to. */
function useViewStore({ range }: MapPlace, { family, answer }: MapPicture): ViewStore {
  const atFirst = useRef(range);
  const store = useMemo(() => {
    const bounds = windowOf(parseBlock(answer.cidr) ?? { family, first: 0n, length: 0 });
    const view = parseRange(family, atFirst.current ?? "") ?? bounds;
    return new ViewStore(view, bounds, atFirst.current);
  }, [family, answer.cidr]);
  useEffect(() => {
    if (range === store.written) return;
    store.written = range;
    store.goTo(parseRange(family, range ?? "") ?? store.bounds);
  }, [range, family, store]);
  return store;
}
