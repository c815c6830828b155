/** The state of a block, with the swatch of the map beside the word. */
import type { MapState } from "../api/answers.ts";
import { Swatch } from "../map/legend.tsx";
import { STATE_WORDS } from "../map/map-state.ts";
import { STATE_LOOKS } from "../map/palette.ts";
import { useTheme } from "../shell/theme.ts";

export function StateChip({ state }: { readonly state: MapState }) {
  const theme = useTheme();
  return (
    <span className="chip">
      <Swatch look={STATE_LOOKS[theme][state]} theme={theme} />
      {STATE_WORDS[state]}
    </span>
  );
}
