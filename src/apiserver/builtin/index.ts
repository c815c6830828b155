/** Kubernetes' own kinds, as far as this server has them. */
import type { ServedResource } from "../resource.ts";
import { coreKinds } from "./core-kinds.ts";
import { customResourceDefinitions } from "./crd-kind.ts";

export { createBaseNamespaces, removeAllOf } from "./base-objects.ts";
export { CrdController } from "./crd-controller.ts";

export const builtinKinds: readonly ServedResource[] = [...coreKinds, customResourceDefinitions];
