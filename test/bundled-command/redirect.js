/* Loads one module in the place of another; both are named in the URL of this file. See build.ts. */
import { registerHooks } from "node:module";

const { searchParams } = new URL(import.meta.url);
const from = searchParams.get("from");
const to = searchParams.get("to");

registerHooks({
  resolve: (specifier, context, next) => next(specifier === from ? to : specifier, context),
});
