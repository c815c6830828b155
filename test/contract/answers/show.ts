/** A difference, for people: what was asked, and the parts of the answer that are not as recorded. */
import { comparable } from "./compare.ts";
import { canonical } from "./mask.ts";
import type { Played } from "./replay.ts";
import { abridge } from "./scenario.ts";

export function show({ scenario, number, step, got, difference }: Played): string {
  const asked = [`${step.method} ${step.path}`];
  for (const [name, value] of Object.entries(step.headers ?? {})) asked.push(`${name}: ${value}`);
  if (step.text !== undefined) asked.push(String(abridge(step.text)));
  else if (step.body !== undefined) asked.push(JSON.stringify(abridge(step.body)));
  const message = (got.body as { message?: unknown } | undefined)?.message;
  const [recorded, given] = [comparable(step.answer), comparable(got)];
  const differences =
    step.answer.status === got.status
      ? changes(recorded, given, "")
      : [`- ${step.answer.status} ${short(recorded)}`, `+ ${got.status} ${short(given)}`];
  return [
    `${scenario}, step ${number}: ${difference}`,
    ...asked.map((line) => `    ${line}`),
    ...differences.map((line) => `  ${line}`),
    ...(typeof message === "string" ? [`    it said: ${short(message)}`] : []),
  ].join("\n");
}

const SHORT = 400;

function short(value: unknown): string {
  const text = JSON.stringify(abridge(value));
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text;
}

/** `- PATH: recorded` and `+ PATH: got`, down to the parts that differ. */
function changes(recorded: unknown, got: unknown, path: string): string[] {
  if (canonical(recorded) === canonical(got)) return [];
  if (isContainer(recorded) && isContainer(got) && Array.isArray(recorded) === Array.isArray(got)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(got)]);
    return [...keys].flatMap((key) => changes(recorded[key], got[key], `${path}/${key}`));
  }
  return [
    ...(recorded === undefined ? [] : [`- ${path}: ${short(recorded)}`]),
    ...(got === undefined ? [] : [`+ ${path}: ${short(got)}`]),
  ];
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
