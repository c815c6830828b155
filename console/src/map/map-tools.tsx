/** Colours, shape, table, and zoom of the map. */
import { go, hrefWith, usePlace } from "../route/location.ts";
import { Icon } from "../shell/icon.tsx";
import { heldRange } from "./held-range.ts";
import { MapKeys } from "./map-keys.tsx";
import type { MapPicture } from "./map-picture.ts";
import type { MapPlace } from "./map-place.ts";
import { COLOUR_MODES } from "./palette.ts";
import type { ViewStore } from "./view-store.ts";
import { zoomed } from "./view-window.ts";

interface MapToolsProps {
  readonly map: MapPlace;
  readonly store: ViewStore;
  /** Of what is on the screen. */
  readonly picture: MapPicture;
  readonly isFetching: boolean;
}

export function MapTools({ map, store, picture, isFetching }: MapToolsProps) {
  const place = usePlace();
  const set = (changes: Record<string, string | undefined>) =>
    go(hrefWith(place, changes), { replace: true });
  const zoom = (factor: number) => store.goTo(zoomed(store.view, factor, 0.5, store.bounds));
  return (
    <div className="map-tools" role="toolbar" aria-label="Map">
      <span className={isFetching ? "fetching is-on" : "fetching"} aria-hidden="true" />
      <label className="tool-field">
        <span>Colour</span>
        <select
          className="field"
          value={map.colours}
          onChange={({ target }) => set({ colours: target.value === "state" ? undefined : target.value })}
        >
          {COLOUR_MODES.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <fieldset className="segmented">
        <legend className="unseen">View</legend>
        <Choice
          isOn={!map.isTable && map.shape === "band"}
          onChoose={() => set({ table: undefined, shape: undefined })}
        >
          Band
        </Choice>
        <Choice
          isOn={!map.isTable && map.shape === "square"}
          onChoose={() => set({ table: undefined, shape: "square" })}
        >
          Square
        </Choice>
        <Choice isOn={map.isTable} onChoose={() => set({ table: "1" })}>
          Table
        </Choice>
      </fieldset>
      {map.shape === "band" && !map.isTable ? (
        <fieldset className="segmented">
          <legend className="unseen">Zoom</legend>
          <ZoomButton label="Zoom out" icon="minus" onPress={() => zoom(2)} />
          <ZoomButton label="Zoom in" icon="plus" onPress={() => zoom(0.5)} />
          <ZoomButton
            label="Zoom to the blocks"
            icon="blocks"
            onPress={() => {
              const held = heldRange(picture, store.view, store.bounds);
              if (held !== undefined) store.goTo(held);
            }}
          />
          <ZoomButton label="Show all" icon="fit" onPress={() => store.goTo(store.bounds)} />
        </fieldset>
      ) : null}
      <MapKeys />
    </div>
  );
}

interface ChoiceProps {
  readonly isOn: boolean;
  readonly onChoose: () => void;
  readonly children: string;
}

function Choice({ isOn, onChoose, children }: ChoiceProps) {
  return (
    <button type="button" className="button" aria-pressed={isOn} onClick={onChoose}>
      {children}
    </button>
  );
}

interface ZoomButtonProps {
  readonly label: string;
  readonly icon: "plus" | "minus" | "blocks" | "fit";
  readonly onPress: () => void;
}

function ZoomButton({ label, icon, onPress }: ZoomButtonProps) {
  return (
    <button type="button" className="button square" aria-label={label} title={label} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}
