/**
 * Reads a SubnetPool's spec into the values that allocation works with, or reports what is wrong with it. Admission
 * and controllers use this one reading (PX-07), so they cannot disagree.
 */
import {
  contains,
  describeParseFailure,
  equals,
  formatPrefix,
  type Prefix,
  parsePrefix,
} from "../ipam/index.ts";
import { defined, err, ok, type Result } from "../kernel/index.ts";
import { type Fault, invalid } from "./fault.ts";
import { PARENT_LABEL } from "./group.ts";
import type { SubnetPool, SubnetPoolSpec } from "./subnet-pool.ts";

/** A spec in which every default is filled in and every text is parsed. Lengths are prefix lengths. */
export interface PoolSettings {
  readonly cidr: Prefix;
  /** Length for claims that name none. */
  readonly defaultLength: number;
  /** Least length that may be asked for: the largest block. At least the pool's own. */
  readonly minLength: number;
  readonly maxLength: number;
  readonly strategy: "Linear" | "Buddy";
  readonly parentName: string | undefined;
  readonly reserved: readonly { readonly prefix: Prefix; readonly reason: string }[];
  readonly reuseDelayMs: number;
  readonly reclaimPolicy: "Delete" | "Retain";
  /** Claims that have neither a block nor a record of one wait. */
  readonly isPaused: boolean;
}

const DEFAULT_LENGTH = { 4: 24, 6: 64 } as const;

/** The Go operator's CRD writes this into every pool, also where it does not fit: the user did not set it. */
const WRITTEN_DEFAULT = 24;

export function addressLengthOf(prefix: Prefix): number {
  return prefix.family === 4 ? 32 : 128;
}

/** The parent by reference and by label. An empty string names no parent: templates produce it if no value is set. */
function parentNames(pool: SubnetPool): { readonly byReference?: string; readonly byLabel?: string } {
  const byReference = pool.spec.parentRef?.name;
  const byLabel = pool.metadata.labels?.[PARENT_LABEL];
  return defined({ byReference: byReference || undefined, byLabel: byLabel || undefined });
}

/** The parent named by label or reference, whichever there is; a contradiction is a fault, not a choice. */
export function parentNameOf(pool: SubnetPool): string | undefined {
  const { byReference, byLabel } = parentNames(pool);
  return byReference ?? byLabel;
}

function parentFaults(pool: SubnetPool): Fault[] {
  const { byReference, byLabel } = parentNames(pool);
  if (byReference !== undefined && byLabel !== undefined && byReference !== byLabel) {
    const message = `names parent ${byReference} and the label ${PARENT_LABEL} names ${byLabel}: make them the same`;
    return [{ field: "spec.parentRef.name", message, reason: "ParentMismatch" }];
  }
  if (parentNameOf(pool) === pool.metadata.name) {
    return [invalid("spec.parentRef.name", "a pool cannot be its own parent: name another pool")];
  }
  return [];
}

function readReserved(spec: SubnetPoolSpec, cidr: Prefix, faults: Fault[]): PoolSettings["reserved"] {
  const read: { prefix: Prefix; reason: string }[] = [];
  for (const [position, range] of (spec.reserved ?? []).entries()) {
    const field = `spec.reserved[${position}].cidr`;
    const parsed = parsePrefix(range.cidr);
    if (!parsed.ok) {
      faults.push(invalid(field, describeParseFailure(parsed.error)));
    } else if (!contains(cidr, parsed.value)) {
      faults.push(
        invalid(field, `${range.cidr} is outside the pool ${formatPrefix(cidr)}: choose a range inside it`),
      );
    } else {
      read.push({ prefix: parsed.value, reason: range.reason ?? "reserved" });
    }
  }
  return read;
}

interface Lengths {
  readonly defaultLength: number;
  readonly minLength: number;
  readonly maxLength: number;
}

function readLengths(spec: SubnetPoolSpec, cidr: Prefix, faults: Fault[]): Lengths {
  const longest = addressLengthOf(cidr);
  const between = (field: string, length: number | undefined) => {
    if (length === undefined || (Number.isInteger(length) && length >= 0 && length <= longest)) return;
    faults.push(
      invalid(field, `/${length} is not a prefix length of an IPv${cidr.family} pool: use 0 to ${longest}`),
    );
  };
  between("spec.minBlockSize", spec.minBlockSize);
  between("spec.maxBlockSize", spec.maxBlockSize);
  between("spec.defaultBlockSize", spec.defaultBlockSize);
  const minLength = Math.max(spec.minBlockSize ?? 0, cidr.length);
  const maxLength = spec.maxBlockSize ?? longest;
  if (minLength > maxLength) {
    const least =
      spec.minBlockSize === minLength ? `minBlockSize /${minLength}` : `the pool's own length /${minLength}`;
    faults.push(
      invalid(
        "spec.maxBlockSize",
        `/${maxLength} is a larger block than ${least} allows: use a longer prefix`,
      ),
    );
  }
  const implied = Math.min(Math.max(DEFAULT_LENGTH[cidr.family], minLength), maxLength);
  const defaultLength = spec.defaultBlockSize ?? implied;
  const isOutside = defaultLength < minLength || defaultLength > maxLength;
  if (isOutside && cidr.family === 4 && defaultLength === WRITTEN_DEFAULT)
    return { defaultLength: implied, minLength, maxLength };
  // An invalid length was already reported above.
  if (spec.defaultBlockSize !== undefined && isOutside && defaultLength <= longest) {
    const message = `/${defaultLength} is outside /${minLength} to /${maxLength}, the sizes that claims may request: choose one inside`;
    faults.push(invalid("spec.defaultBlockSize", message));
  }
  return { defaultLength, minLength, maxLength };
}

export function readPoolSettings(pool: SubnetPool): Result<PoolSettings, readonly Fault[]> {
  const spec = pool.spec;
  const parsed = parsePrefix(spec.cidr);
  if (!parsed.ok) return err([invalid("spec.cidr", describeParseFailure(parsed.error))]);
  const cidr = parsed.value;
  const faults = parentFaults(pool);
  const lengths = readLengths(spec, cidr, faults);
  const reserved = readReserved(spec, cidr, faults);
  if (faults.length > 0) return err(faults);
  return ok({
    cidr,
    ...lengths,
    strategy: spec.strategy ?? "Linear",
    parentName: parentNameOf(pool),
    reserved,
    reuseDelayMs: (spec.reuseDelaySeconds ?? 0) * 1000,
    reclaimPolicy: spec.reclaimPolicy ?? "Delete",
    isPaused: spec.paused === true,
  });
}

/** Whether two readings would allocate alike; a status-only change leaves the view of a pool as it is. */
export function sameSettings(a: PoolSettings, b: PoolSettings): boolean {
  return (
    equals(a.cidr, b.cidr) &&
    a.strategy === b.strategy &&
    a.reserved.length === b.reserved.length &&
    a.reserved.every((range, i) => {
      const other = b.reserved[i];
      return other !== undefined && equals(range.prefix, other.prefix) && range.reason === other.reason;
    })
  );
}

/** Most entries of `status.freeCountBySize`. */
const MOST_SIZES = 33;

/** The lengths that `status.freeCountBySize` lists: those that a claim may ask for, for IPv6 at most 33. */
export function reportedLengths(settings: PoolSettings): { readonly from: number; readonly to: number } {
  const to = Math.min(
    settings.maxLength,
    Math.max(settings.minLength + MOST_SIZES - 1, settings.defaultLength),
  );
  return { from: Math.max(settings.minLength, to - MOST_SIZES + 1), to };
}
