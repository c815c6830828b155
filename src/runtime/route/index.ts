export { toOwner, toSelf } from "./mappers.ts";
export { allOf, always, annotationsChanged, anyOf, labelsChanged, specChanged } from "./predicates.ts";
export { type RouteTarget, runRoutes } from "./route-table.ts";
