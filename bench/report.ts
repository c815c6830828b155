/**
 * What a benchmark suite returns (`docs/architecture.md#benchmarks`): figures for people, targets with
 * whether they hold.
 */
export interface Figure {
  readonly value: number;
  readonly unit: string;
}

export interface Target {
  readonly name: string;
  readonly value: number;
  readonly relation: ">=" | "<=";
  readonly target: number;
  readonly holds: boolean;
  /**
   * The same on any machine: two things measured in turn, a share, a count. What a kept run is compared
   * by.
   */
  readonly isRatio: boolean;
}

export interface BenchReport {
  readonly suite: string;
  readonly figures: Readonly<Record<string, Figure>>;
  readonly targets: readonly Target[];
  /** Of the process. Default: 0, whatever holds. */
  readonly exitCode?: number;
}

export function target(name: string, value: number, relation: ">=" | "<=", bound: number): Target {
  const holds = relation === ">=" ? value >= bound : value <= bound;
  return { name, value, relation, target: bound, holds, isRatio: false };
}

/**
 * A target whose value is a ratio, a share or a count, so that runs on other machines can be compared with
 * it.
 */
export function ratioTarget(name: string, value: number, relation: ">=" | "<=", bound: number): Target {
  return { ...target(name, value, relation, bound), isRatio: true };
}

/** The middle one of several measurements: the figure that a noisy machine distorts least. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}
