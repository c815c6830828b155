import { type Clock, systemClock } from "./clock.ts";
import { type Random, systemRandom } from "./random.ts";

/** Everything a part of the program needs that is not deterministic. Handed in at construction. */
export interface Kernel {
  readonly clock: Clock;
  readonly random: Random;
}

export const systemKernel: Kernel = { clock: systemClock, random: systemRandom };
