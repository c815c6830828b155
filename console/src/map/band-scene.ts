/** What a frame of the band shows. */
import type { Family } from "../address/address.ts";
import type { Theme } from "../shell/theme.ts";
import type { BandLayout } from "./band-layout.ts";
import type { LookOptions } from "./looks.ts";
import type { MapPicture } from "./map-picture.ts";
import type { PatternBook } from "./patterns.ts";
import type { Pulse } from "./pulses.ts";
import type { ViewWindow } from "./view-window.ts";

export interface BandScene {
  readonly family: Family;
  readonly view: ViewWindow;
  readonly layout: BandLayout;
  readonly theme: Theme;
  /** The clusters of a picture have numbers of their own. */
  readonly looks: (picture: MapPicture) => LookOptions;
  /** The coarsest first: a finer one covers what it knows better. */
  readonly pictures: readonly MapPicture[];
  readonly poolLabel: readonly [name: string, cidr: string];
  readonly patterns: PatternBook;
  /** Rings around what is chosen, pointed at, or under the cursor of the keyboard. */
  readonly rings: readonly Ring[];
  /** Blocks about which something was decided a moment ago. */
  readonly pulses: readonly Pulse[];
}

export interface Ring {
  readonly first: bigint;
  readonly last: bigint;
  /** −1: the pool. */
  readonly depth: number;
  readonly kind: "hover" | "cursor" | "chosen";
}
