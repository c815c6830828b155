/**
 * What a command prints: for people as lines, for programs as one document of JSON or YAML. Whatever the form, a terminal
 * finds nothing in it to obey: lines are made plain by `screen/text.ts`, the rest here.
 */
import type { KubeObject } from "../client/index.ts";
import { plainJson } from "../kernel/index.ts";
import { yamlText } from "../kernel/yaml-text.ts";
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
  // The reader may have closed the pipe (`| head`).
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  switch (format) {
    case "table":
      printLines(openTerminal(process.stdout, process.env), lines());
      return;
    case "json":
      process.stdout.write(jsonText(data()));
      return;
    case "yaml":
      process.stdout.write(yamlText(data()));
  }
}

export function jsonText(data: unknown): string {
  return `${plainJson(JSON.stringify(data, null, 2))}\n`;
}
