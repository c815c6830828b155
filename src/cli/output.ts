/**
 * What a command prints: for people as lines, for programs as one document of JSON or YAML. Whatever the form, a terminal
 * finds nothing in it to obey: lines are made plain by `screen/text.ts`, the rest here.
 */
import type { KubeObject } from "../client/index.ts";
import { csvLine, inertCell } from "../exchange/index.ts";
import { oneLine, plainJson } from "../kernel/index.ts";
import { yamlText } from "../kernel/yaml-text.ts";
import type { ListFormat, OutputFormat } from "./command-options.ts";
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

export interface PrintedList extends Printed {
  /** The headings, and the rows under them. */
  readonly cells: () => readonly (readonly string[])[];
}

/** As {@link print}, and as CSV. */
export function printList(format: ListFormat, { cells, ...printed }: PrintedList): void {
  if (format !== "csv") {
    print(format, printed);
    return;
  }
  allowClosedPipe();
  for (const row of cells()) process.stdout.write(csvLine(row.map((cell) => inertCell(oneLine(cell)))));
}

/** The reader may have closed the pipe (`| head`). */
function allowClosedPipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

export function print(format: OutputFormat, { lines, data }: Printed): void {
  allowClosedPipe();
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
