/** What the server sends instead of whole objects to those who ask for less. */
export { type IncludeObject, partialObject, type TableOptions, tableOf, tableText } from "./table.ts";
