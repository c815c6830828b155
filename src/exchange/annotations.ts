/** What an imported object keeps of its row, so that it can be written out again as it was. */
const annotation = <T extends string>(name: T) => `plexaubnet.io/${name}` as const;

export const DESCRIPTION = annotation("description");
/** What the row calls it, where that is no name of Kubernetes. */
export const IMPORTED_NAME = annotation("imported-name");
/** Whom the row names, where that is no clusterID. */
export const IMPORTED_OWNER = annotation("imported-owner");
export const IMPORTED_ROLE = annotation("imported-role");
export const IMPORTED_STATUS = annotation("imported-status");
export const IMPORTED_VRF = annotation("imported-vrf");
/** The file, or the address of the API. */
export const IMPORTED_FROM = annotation("imported-from");
