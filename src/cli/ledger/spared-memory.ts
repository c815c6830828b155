/**
 * Rather a little slower than twice the memory: of 100,000 load balancers, what a comparison holds is a quarter of what V8
 * would let the heap grow to before it collects garbage. Figures: `npm run bench -- ledger --scale sqlite:FILE`.
 */
import { setFlagsFromString } from "node:v8";

/** In percent of what is alive after a collection: what is allocated before the next one. V8's own choice is up to 300. */
const HEAP_GROWTH = 30;

/** For a process that only reads a ledger. V8 reads both at each decision. */
export function spareMemory(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
  setFlagsFromString("--semi-space-growth-factor=1");
}
