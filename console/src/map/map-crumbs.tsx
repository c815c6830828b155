/** Where one is: the pools from the outermost to this one, and the part of it that is on the screen. */
import { useSyncExternalStore } from "react";
import { blockAround, formatBlock } from "../address/address.ts";
import { Link } from "../route/link.tsx";
import { href } from "../route/location.ts";
import { displayText } from "../text/display-text.ts";
import type { MapPicture } from "./map-picture.ts";
import type { MapPlace } from "./map-place.ts";
import type { ViewStore } from "./view-store.ts";
import { addressesIn, windowOf } from "./view-window.ts";

interface MapCrumbsProps {
  readonly map: MapPlace;
  readonly overview: MapPicture;
  readonly store: ViewStore;
}

export function MapCrumbs({ map, overview, store }: MapCrumbsProps) {
  const { trail } = overview.answer;
  const query = {
    colours: map.colours === "state" ? undefined : map.colours,
    shape: map.shape === "band" ? undefined : map.shape,
  };
  return (
    <nav className="crumbs" aria-label="Where this is">
      <ol>
        <li>
          <Link href={href(["map"])}>All pools</Link>
        </li>
        {trail.map(({ pool, cidr }) => (
          <li key={pool}>
            <Link
              href={href(["map", map.namespace, pool], query)}
              aria-current={pool === map.pool ? "page" : undefined}
              title={`${displayText(pool)} ${cidr}`}
            >
              <span className="crumb-name">{displayText(pool)}</span>{" "}
              <span className="mono soft">{cidr}</span>
            </Link>
          </li>
        ))}
        <Around overview={overview} store={store} />
      </ol>
    </nav>
  );
}

/** The smallest block around what is on the screen, where that is not all of the pool. */
function Around({ overview, store }: Omit<MapCrumbsProps, "map">) {
  const text = useSyncExternalStore(
    (listener) => store.listen(listener),
    () => {
      const { first, last } = addressesIn(store.view);
      return formatBlock(blockAround(overview.family, first, last));
    },
  );
  const isWhole = store.view.span === store.bounds.span;
  if (isWhole || text === overview.answer.cidr) return null;
  return (
    <li>
      <button
        type="button"
        className="crumb-around mono"
        title="Show all of this block"
        onClick={() => {
          const { first, last } = addressesIn(store.view);
          store.goTo(windowOf(blockAround(overview.family, first, last)));
        }}
      >
        {text}
      </button>
    </li>
  );
}
