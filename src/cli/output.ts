/** What a command prints: for people as lines, for programs as one document of JSON or YAML. */
import { stringify } from "yaml";
import type { KubeObject } from "../client/index.ts";
import type { OutputFormat } from "./command-options.ts";
import { openTerminal, printLines } from "./screen/terminal.ts";
import type { Line } from "./screen/text.ts";

export interface Printed {
  readonly lines: () => readonly Line[];
  /** Plain data. */
  readonly data: () => unknown;
}

/** An object of the API as kubectl prints it: who set which field is left out. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export function print(format: OutputFormat, { lines, data }: Printed): void {
  // Whoever reads may have seen enough (`| head`).
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  switch (format) {
    case "table":
      printLines(openTerminal(process.stdout, process.env), lines());
      return;
    case "json":
      process.stdout.write(`${JSON.stringify(data(), null, 2)}\n`);
      return;
    case "yaml":
      // Anchors and folded lines are legal YAML, and surprise whoever reads them.
      process.stdout.write(stringify(data(), { aliasDuplicateObjects: false, lineWidth: 0 }));
  }
}
