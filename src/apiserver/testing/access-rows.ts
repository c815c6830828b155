/**
 * Who may do what: requests, and what kube-apiserver 1.36.2 answers to them. `recorded`: it was asked.
 * `documented`: as the documentation of Kubernetes states (RBAC, impersonation, TokenRequest API,
 * TokenReview).
 */
import { readFileSync } from "node:fs";

export interface AccessRow {
  readonly title: string;
  /** A user of the access world; `admin`; empty: no one. */
  readonly as: string;
  /** Default: GET. */
  readonly method?: string;
  readonly path: string;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Status and reason. */
  readonly kubernetes: readonly [number, string?];
  readonly from: "recorded" | "documented";
  /** Where this server answers otherwise: what, and why. */
  readonly here?: { readonly answer: readonly [number, string?]; readonly because: string };
}

/** In their order: some build on what others made. */
export function accessRows(): readonly AccessRow[] {
  const text = readFileSync(new URL("./access-rows.jsonl", import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as AccessRow);
}
