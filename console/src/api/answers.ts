/** What the server answers: its own types, and nothing of it that runs. */
export type * from "../../../src/console/answers.ts";
