/** The console: a web page that shows the address space. `answers.ts` lists what it answers. */
export { OwnRights } from "./access/viewer.ts";
export type { LedgerSource } from "./balancers/balancers-view.ts";
export { type Console, type ConsoleAccess, type ConsoleOptions, createConsole } from "./console.ts";
