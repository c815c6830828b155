/** Discovery: versions, resources and schemas of the server. */
export { aggregated, apiGroup, coreVersions, groupList, resourceList } from "./discovery.ts";
export { type OpenApiV2, OpenApiV2Text, openApiV2 } from "./openapi-v2.ts";
export { encodeOpenApiV2 } from "./openapi-v2-protobuf.ts";
export { type OpenApiDocument, OpenApiV3 } from "./openapi-v3.ts";
