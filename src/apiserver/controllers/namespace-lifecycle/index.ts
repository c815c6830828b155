/** The end of a namespace. See `namespace-controller.ts`. */
export {
  type NamespaceController,
  type NamespaceControllerOptions,
  startNamespaceController,
} from "./namespace-controller.ts";
