/** Built-in kinds that several commands read or write. */
import type { Resource } from "../../client/index.ts";

export const NAMESPACES: Resource = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
};
