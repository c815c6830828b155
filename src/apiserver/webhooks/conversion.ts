/** Conversion between the versions of a custom resource. */

export { type Converter, webhookConverter } from "./webhook-converter.ts";
