/** Plays recorded scenarios against a cluster, and reports where it answers otherwise. */
import { systemKernel } from "../../../src/kernel/index.ts";
import type { Sent, Wire } from "../wire.ts";
import { differenceOf, type Level } from "./compare.ts";
import { mask } from "./mask.ts";
import { mapTexts, type Recorded, type Scenario, type Step } from "./scenario.ts";

export interface Played {
  readonly scenario: string;
  /** From 1. */
  readonly number: number;
  readonly step: Step;
  /** Masked. */
  readonly got: Recorded;
  readonly difference: Level | undefined;
}

export interface ReplayOptions {
  readonly wire: Wire;
  /**
   * Whether the pauses after steps may end as soon as the definition that the step made is served: a server
   * that runs nothing but itself needs no more. Otherwise they take as long as recorded.
   */
  readonly hurried: boolean;
}

/** Scenarios have namespaces and groups of their own, so several may run at once. */
const SCENARIOS_AT_ONCE = 8;
const POLL_MS = 10;
const SECOND_MS = 1000;

/** In the order of the scenarios and steps. */
export async function replay(scenarios: readonly Scenario[], options: ReplayOptions): Promise<Played[]> {
  const tag = systemKernel.random.uuid().slice(0, 8);
  const played: Played[][] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < scenarios.length; i = next++) {
      const scenario = scenarios[i];
      if (scenario !== undefined) played[i] = await playAlone(scenario, `answers-${tag}-${i}`, options);
    }
  };
  await Promise.all(Array.from({ length: SCENARIOS_AT_ONCE }, worker));
  return played.flat();
}

async function playAlone(scenario: Scenario, namespace: string, options: ReplayOptions): Promise<Played[]> {
  const { wire } = options;
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  const made = await wire.send("POST", "/api/v1/namespaces", { body });
  if (made.code !== 201) throw new Error(`The namespace ${namespace} was not created: ${made.text}`);
  const leftovers = [`/api/v1/namespaces/${namespace}`];
  try {
    return await playSteps(scenario, namespace, options, leftovers);
  } finally {
    for (const path of leftovers) await wire.send("DELETE", path);
  }
}

/** @param leftovers takes the paths of what lies outside the namespace and has to be removed. */
async function playSteps(
  scenario: Scenario,
  namespace: string,
  options: ReplayOptions,
  leftovers: string[],
): Promise<Played[]> {
  const saved = new Map([["ns", namespace]]);
  const played: Played[] = [];
  for (const [i, step] of scenario.steps.entries()) {
    const path = fill(step.path, saved) as string;
    const answer = await options.wire.send(step.method, path, sentOf(step, saved));
    const body = bodyOf(answer.text);
    for (const [name, pointer] of Object.entries(step.save ?? {})) {
      const value = valueAt(body, pointer);
      if (value !== undefined) saved.set(name, String(value));
    }
    const type = String(answer.headers["content-type"] ?? "").split(";")[0] ?? "";
    const got = { status: answer.code, type, body: mask(body, namespace, new Date()) };
    const difference = differenceOf(step, got);
    played.push({ scenario: scenario.name, number: i + 1, step, got, difference });
    const name = valueAt(body, "/metadata/name");
    const made =
      answer.code === 201 && typeof name === "string" ? `${path.split("?")[0]}/${name}` : undefined;
    if (made !== undefined && !made.includes(`/namespaces/${namespace}/`)) leftovers.push(made);
    if (step.after !== undefined) await pause(step.after * SECOND_MS, made, options);
  }
  return played;
}

function sentOf(step: Step, saved: ReadonlyMap<string, string>): Sent {
  const headers = Object.entries(step.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const body = step.text ?? step.body;
  return {
    headers: fill(Object.fromEntries(headers), saved) as Record<string, string>,
    ...(body === undefined
      ? {}
      : { body: fill(typeof body === "string" ? body : JSON.stringify(body), saved) }),
  };
}

function fill(value: unknown, saved: ReadonlyMap<string, string>): unknown {
  return mapTexts(value, (text) => text.replace(/\{\{(\w+)\}\}/g, (given, name) => saved.get(name) ?? given));
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** RFC 6901, without escapes: no recorded pointer has one. */
function valueAt(body: unknown, pointer: string): unknown {
  let value = body;
  for (const key of pointer.split("/").slice(1))
    value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}

async function pause(ms: number, made: string | undefined, { wire, hurried }: ReplayOptions): Promise<void> {
  const wait = (time: number) => new Promise((resolve) => setTimeout(resolve, time));
  if (!hurried) return void (await wait(ms));
  if (made === undefined || !made.includes("/customresourcedefinitions/")) return;
  for (let waited = 0; waited < ms; waited += POLL_MS) {
    const { status } = (await wire.send("GET", made)).json();
    const established = (each: { type: string; status: string }) =>
      each.type === "Established" && each.status === "True";
    if (status?.conditions?.some(established)) return;
    await wait(POLL_MS);
  }
}
