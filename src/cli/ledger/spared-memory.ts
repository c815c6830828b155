/**
 * Rather a little slower than twice the memory: of 100,000 load balancers, what a comparison holds is a quarter of what V8
 * would let the heap grow to before it collects garbage. Figures: `npm run bench -- ledger --scale sqlite:FILE`.
 */
import { setFlagsFromString } from "node:v8";
import { boundHeapGrowth } from "../process/heap-growth.ts";

const HEAP_GROWTH_PERCENT = 20;

/** For a process that only uses a ledger. */
export function spareMemory(): void {
  boundHeapGrowth(HEAP_GROWTH_PERCENT);
  setFlagsFromString("--semi-space-growth-factor=1");
}
