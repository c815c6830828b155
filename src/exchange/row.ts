/** What is read of a source, before anything is made of it. */

/** Where something stands. `line` is that of a text editor; an object of JSON is at the line on which it begins. */
export interface Origin {
  readonly file: string;
  /** Of a source without lines, an API say, there is none. */
  readonly line: number | undefined;
}

/** `plan.csv:12`. */
export function originText({ file, line }: Origin): string {
  return line === undefined ? file : `${file}:${line}`;
}

/**
 * - `pool`: the source declares that others lie in it: a container, an aggregate, a VPC's CIDR with subnets.
 * - `block`: nothing may lie in it.
 * - `nesting`: others may lie in it, with any owner: a VPC.
 *
 * Absent, what lies in it decides: with other rows in it, it is a pool.
 */
export type Shape = "pool" | "block" | "nesting";

/** The fields of an object in our own exports that other tools do not know. */
export interface OwnRecord {
  readonly kind: "SubnetPool" | "SubnetPoolClaim" | "SubnetClaim" | "Subnet";
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Of a pool its parent. */
  readonly pool: string | undefined;
  readonly clusterID: string | undefined;
  readonly purpose: string | undefined;
  /** Absent in a row that was added by hand. */
  readonly rest: ObjectRest | undefined;
}

/** What an object has beside its columns. */
export interface ObjectRest {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface Row {
  readonly origin: Origin;
  /** A prefix, an address and a mask, or a range, as the source writes it. */
  readonly block: string;
  readonly shape?: Shape;
  /** Owner of the block: a cluster, a tenant, an owner. */
  readonly owner?: string;
  readonly vrf?: string;
  readonly name?: string;
  readonly role?: string;
  readonly status?: string;
  readonly description?: string;
  readonly own?: OwnRecord;
  /** True of what a tool lists beside the prefixes that it may have as well: a second one of the same range is the same. */
  readonly isAggregate?: boolean;
}

export const FAULT_KINDS = [
  "unreadable",
  "half-row",
  "missing-block",
  "length",
  "mask",
  "host-bits",
  "leading-zero",
  "ipv4-mapped",
  "range-reversed",
  "duplicate",
  "overlap",
  "orphan",
  "too-long",
  "conflict",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly origin: Origin;
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** What to do, in the imperative. */
  readonly cure: string;
}

/** `plan.csv:12: "10.0.0.5/24" has host bits set: write "10.0.0.0/24".` */
export function faultText({ origin, message, cure }: Fault): string {
  return `${originText(origin)}: ${message}: ${cure}.`;
}

export interface Reading {
  /** `CSV`, `NetBox's JSON`. */
  readonly format: string;
  readonly rows: readonly Row[];
  readonly faults: readonly Fault[];
  /** Notes on how it was read, a sentence each. */
  readonly notes: readonly string[];
  /** Of CSV: which column was taken for what. */
  readonly columns?: readonly ColumnChoice[];
}

export interface ColumnChoice {
  /** As the source names it. */
  readonly heading: string;
  /** Absent: it is not read. */
  readonly field?: string;
}

/** Why nothing at all can be read of a source: one sentence with the cure. */
export class UnreadableSource extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = "UnreadableSource";
  }
}

/** Far more than any plan has: what is larger is another file than was meant. */
export const MOST_ROWS = 250_000;
