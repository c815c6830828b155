/** What a SubnetClaim, a Subnet and a SubnetPoolClaim ask for, parsed, or what is wrong with it (PX-07). */
import {
  contains,
  describeParseFailure,
  formatPrefix,
  type ParseFailure,
  type Prefix,
  parsePrefix,
} from "../ipam/index.ts";
import { err, ok, type Result } from "../kernel/index.ts";
import { type Fault, invalid } from "./fault.ts";
import { addressLengthOf, type PoolSettings } from "./pool-settings.ts";
import { CLUSTER_ID_PATTERN } from "./schema.ts";
import type { Subnet } from "./subnet.ts";
import type { SubnetClaim } from "./subnet-claim.ts";
import type { SubnetPoolClaim } from "./subnet-pool-claim.ts";

/** Which block: exactly this one, or any of this length, or any of the pool's default length. */
export type BlockRequest =
  | { readonly want: "exactly"; readonly prefix: Prefix }
  | { readonly want: "length"; readonly length: number }
  | { readonly want: "default" };

const CLUSTER_ID = new RegExp(CLUSTER_ID_PATTERN);

function identityFaults(spec: { readonly poolRef?: string; readonly clusterID?: string }): Fault[] {
  const faults: Fault[] = [];
  if (!spec.poolRef)
    faults.push(invalid("spec.poolRef", "names no pool: name a SubnetPool of this namespace"));
  if (!CLUSTER_ID.test(spec.clusterID ?? "")) {
    const message = `"${spec.clusterID ?? ""}" must be 1 to 63 of lower-case letters, digits, '-' and '.'`;
    faults.push(invalid("spec.clusterID", message));
  }
  return faults;
}

function prefixFault(field: string, failure: ParseFailure): Fault {
  const reason = failure.problem === "host-bits" ? "NotAligned" : "InvalidSpec";
  return { field, message: describeParseFailure(failure), reason };
}

export function readClaimRequest(claim: SubnetClaim): Result<BlockRequest, readonly Fault[]> {
  const { blockSize, requestedCIDR } = claim.spec;
  const faults = identityFaults(claim.spec);
  if (blockSize !== undefined && requestedCIDR !== undefined) {
    faults.push(invalid("spec.requestedCIDR", "is mutually exclusive with blockSize: remove one of them"));
  }
  let wanted: BlockRequest = { want: "default" };
  if (requestedCIDR !== undefined) {
    const parsed = parsePrefix(requestedCIDR);
    if (parsed.ok) wanted = { want: "exactly", prefix: parsed.value };
    else faults.push(prefixFault("spec.requestedCIDR", parsed.error));
  } else if (blockSize !== undefined) {
    wanted = { want: "length", length: blockSize };
  }
  return faults.length > 0 ? err(faults) : ok(wanted);
}

/** What a SubnetPoolClaim asks for. `want` is never `default`. */
export function readPoolClaimRequest({ spec }: SubnetPoolClaim): Result<BlockRequest, readonly Fault[]> {
  const { desiredBlockSize, requestedCIDR } = spec;
  if (requestedCIDR === undefined) {
    if (desiredBlockSize !== undefined) return ok({ want: "length", length: desiredBlockSize });
    return err([invalid("spec.desiredBlockSize", "is missing: name a prefix length, or a requestedCIDR")]);
  }
  const parsed = parsePrefix(requestedCIDR);
  if (!parsed.ok) return err([prefixFault("spec.requestedCIDR", parsed.error)]);
  const { length } = parsed.value;
  if (desiredBlockSize === undefined || desiredBlockSize === length)
    return ok({ want: "exactly", prefix: parsed.value });
  const message = `/${desiredBlockSize} is not the length of requestedCIDR, /${length}: make them the same, or leave it out`;
  return err([invalid("spec.desiredBlockSize", message)]);
}

export function readSubnetBlock(subnet: Subnet): Result<Prefix, readonly Fault[]> {
  const faults = identityFaults(subnet.spec);
  const parsed = parsePrefix(subnet.spec.cidr);
  if (!parsed.ok) faults.push(prefixFault("spec.cidr", parsed.error));
  return parsed.ok && faults.length === 0 ? ok(parsed.value) : err(faults);
}

/** Why a pool can never allocate a block of this length while both specs stay as they are. */
export function lengthFault(length: number, settings: PoolSettings, field: string): Fault | undefined {
  const family = `IPv${settings.cidr.family}`;
  if (!Number.isInteger(length) || length < 0 || length > addressLengthOf(settings.cidr)) {
    const message = `/${length} is not a prefix length of an ${family} pool: use 0 to ${addressLengthOf(settings.cidr)}`;
    return { field, message, reason: "SizeNotAllowed" };
  }
  if (length >= settings.minLength && length <= settings.maxLength) return undefined;
  const message =
    length < settings.cidr.length
      ? `/${length} is larger than the whole pool ${formatPrefix(settings.cidr)}: request a longer prefix`
      : `/${length} is outside /${settings.minLength} to /${settings.maxLength}, the sizes that this pool allows: request one inside`;
  return { field, message, reason: "SizeNotAllowed" };
}

/** Why a pool can never allocate exactly this block while both specs stay as they are. */
export function exactFault(prefix: Prefix, settings: PoolSettings, field: string): Fault | undefined {
  const text = formatPrefix(prefix);
  if (prefix.family !== settings.cidr.family) {
    const message = `${text} is IPv${prefix.family} and the pool ${formatPrefix(settings.cidr)} is not: request it from a pool of that family`;
    return { field, message, reason: "OutsidePool" };
  }
  if (!contains(settings.cidr, prefix)) {
    const message = `${text} is outside the pool ${formatPrefix(settings.cidr)}: request a block inside it`;
    return { field, message, reason: "OutsidePool" };
  }
  return lengthFault(prefix.length, settings, field);
}
