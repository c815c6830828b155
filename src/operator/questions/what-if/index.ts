export { type Layout, layOut } from "./layout.ts";
export { type PoolUse, poolUse, useOf } from "./pool-use.ts";
export { tryClaim } from "./try-claim.ts";
export { type ClaimToTry, type Outcome, type WhatIf, type WhatIfs, whatIf } from "./what-if.ts";
