/** In which order `tree` prints pools. */
export const POOL_ORDERS = ["address", "use"] as const;
export type PoolOrder = (typeof POOL_ORDERS)[number];
