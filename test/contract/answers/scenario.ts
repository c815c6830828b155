/**
 * The recorded answers of a real kube-apiserver: what a scenario looks like, and where they lie.
 *
 * Each line of `*.jsonl` is a scenario. It is played alone, its steps in order, in a namespace of its own
 * that was created before it, as a member of `system:masters`.
 *
 * In what is sent, `{{ns}}` stands for that namespace and `{{x}}` for what an earlier step saved under `x`.
 * In what was answered, the words in angle brackets stand for what no two servers answer alike: see
 * `mask.ts`. Sentences are not there. `{{a*9}}` stands, in both, for a text of nine times `a`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The version of kube-apiserver that gave the answers. */
export const RECORDED_VERSION = "1.36.2";

export interface Recorded {
  readonly status: number;
  /** The media type, without parameters. */
  readonly type: string;
  /** A JSON value, or the text when it is none. */
  readonly body?: unknown;
}

export interface Step {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it stands. */
  readonly text?: string;
  /** Name → JSON pointer into the body of the answer. */
  readonly save?: Readonly<Record<string, string>>;
  /** Seconds to wait after the step: a definition needs a moment to be served, a binding to take effect. */
  readonly after?: number;
  readonly answer: Recorded;
  /**
   * Two answers of a real server differ in more than is masked: only status, reason and causes are compared.
   */
  readonly varies?: true;
}

export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

export function recordedScenarios(only = ""): Scenario[] {
  const directory = import.meta.dirname;
  return readdirSync(directory)
    .filter((file) => file.endsWith(".jsonl"))
    .sort()
    .flatMap((file) => readFileSync(join(directory, file), "utf8").trimEnd().split("\n"))
    .map((line) => expand(JSON.parse(line)) as Scenario)
    .filter(({ name }) => name.includes(only));
}

const RUN = /\{\{(.)\*(\d+)\}\}/gu;
const LONG_RUN = /(.)\1{199,}/gu;

/** Writes `{{a*9}}` out. */
export function expand(value: unknown): unknown {
  return mapTexts(value, (text) => text.replace(RUN, (_, letter, count) => letter.repeat(Number(count))));
}

/** The way back, for texts that would fill the file. */
export function abridge(value: unknown): unknown {
  return mapTexts(value, (text) =>
    text.replace(LONG_RUN, (run, letter) => `{{${letter}*${run.length / letter.length}}}`),
  );
}

/** The value with every text in it, keys included, changed. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [change(key), mapTexts(each, change)]),
  );
}
