/** What the server tells about itself. */
export { aggregated, apiGroup, coreVersions, groupList, resourceList } from "./discovery.ts";
export { OpenApiV3 } from "./openapi-v3.ts";
