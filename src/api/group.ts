/** Names that are part of the API: every reader and writer imports them from here. */

export const GROUP = "plexaubnet.io";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

/** On a SubnetPool: the name of its parent pool; on a Subnet: the name of its pool (PS-05). */
export const PARENT_LABEL = "plexaubnet.io/parent";
export const POOL_LABEL = "plexaubnet.io/pool";
export const CLUSTER_ID_LABEL = "plexaubnet.io/cluster-id";

/**
 * On a SubnetClaim or SubnetPoolClaim: the block that it has or had, whose record that is, and of which life of that
 * identity. See `block-record.ts`.
 */
export const BLOCK_LABEL = "plexaubnet.io/block";
export const BLOCK_OWNER_LABEL = "plexaubnet.io/block-owner";
export const BLOCK_LIFE_LABEL = "plexaubnet.io/block-life";

/** On a Subnet: what its block is for, where one cluster holds several of a pool. */
export const PURPOSE_LABEL = "plexaubnet.io/purpose";

/** On a SubnetPool that was made for a SubnetPoolClaim: the claim's name. */
export const POOL_CLAIM_LABEL = "plexaubnet.io/pool-claim";

/** Any new value forces a recomputation of the pool's status from scratch (RQ-10.5). */
export const RECALCULATE_ANNOTATION = "plexaubnet.io/recalculate";

/**
 * `"true"` on a SubnetPool: it is meant to be full, as one that is divided among its child pools once and for all, so no alert
 * concerns how full it is.
 */
export const MEANT_TO_BE_FULL_ANNOTATION = "plexaubnet.io/meant-to-be-full";

/** On a Subnet by which a child pool held a range of its parent: the pool releases it, and allocates nothing from it. */
export const GIVEN_BACK_ANNOTATION = "plexaubnet.io/given-back";

/** Keeps a SubnetPool until nothing lives in it (PX-05). */
export const POOL_PROTECTION_FINALIZER = "plexaubnet.io/pool-protection";
/** Keeps a SubnetPoolClaim until its child pool, and then the block behind it, is gone (PX-05). */
export const BLOCK_PROTECTION_FINALIZER = "plexaubnet.io/block-protection";
/**
 * Keeps a Subnet that is being deleted, and so its block, while its claim exists or something lives in its child pool, and
 * until the pool's reuse delay is over (PX-04).
 */
export const SUBNET_PROTECTION_FINALIZER = "plexaubnet.io/subnet-protection";
/** What versions before put on Subnets of pools with a reuse delay. Taken off wherever it is found. */
export const FORMER_REUSE_DELAY_FINALIZER = "plexaubnet.io/reuse-delay";
