/**
 * IP addresses and prefixes as CEL values, strictly read: what Kubernetes' `ip()` and `cidr()` refuse (zones, leading
 * zeros, IPv4 written as IPv6) is refused.
 */
import { isIPv4, isIPv6 } from "node:net";

export class IpValue {
  readonly bits: 32 | 128;
  readonly value: bigint;

  constructor(bits: 32 | 128, value: bigint) {
    this.bits = bits;
    this.value = value;
  }

  toString(): string {
    return this.bits === 32 ? formatIpv4(this.value) : formatIpv6(this.value);
  }
}

export class CidrValue {
  readonly address: IpValue;
  readonly length: number;

  constructor(address: IpValue, length: number) {
    this.address = address;
    this.length = length;
  }

  masked(): CidrValue {
    const hostBits = BigInt(this.address.bits - this.length);
    const value = (this.address.value >> hostBits) << hostBits;
    return new CidrValue(new IpValue(this.address.bits, value), this.length);
  }

  contains(address: IpValue): boolean {
    if (address.bits !== this.address.bits) return false;
    const hostBits = BigInt(address.bits - this.length);
    return address.value >> hostBits === this.address.value >> hostBits;
  }

  containsCidr(other: CidrValue): boolean {
    return other.length >= this.length && this.contains(other.address);
  }

  toString(): string {
    return `${this.address}/${this.length}`;
  }
}

export function parseIp(text: string): IpValue | undefined {
  if (isIPv4(text)) return new IpValue(32, parseIpv4(text));
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const value = parseIpv6(text);
  return value >> 32n === 0xffffn ? undefined : new IpValue(128, value);
}

export function parseCidr(text: string): CidrValue | undefined {
  const slash = text.indexOf("/");
  const length = text.slice(slash + 1);
  if (slash < 0 || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const address = parseIp(text.slice(0, slash));
  if (address === undefined || Number(length) > address.bits) return undefined;
  return new CidrValue(address, Number(length));
}

function parseIpv4(text: string): bigint {
  return BigInt(text.split(".").reduce((value, octet) => value * 256 + Number(octet), 0));
}

/** `text` is known to be an IPv6 address. */
function parseIpv6(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  let plain = text;
  if (dotted !== null) {
    const low = parseIpv4(dotted[2] as string);
    plain = `${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  }
  const [head = "", tail] = plain.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = new Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function formatIpv4(value: bigint): string {
  const bits = Number(value);
  return `${bits >>> 24}.${(bits >>> 16) & 0xff}.${(bits >>> 8) & 0xff}.${bits & 0xff}`;
}

/** RFC 5952: the longest run of zero groups, of two at least, as `::`. */
function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  let start = -1;
  let longest = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (groups[i + run] === "0") run++;
    if (run > longest) [start, longest] = [i, run];
  }
  if (start < 0) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + longest).join(":")}`;
}

/** The special ranges that CEL asks about. */
export const isUnspecified = (ip: IpValue): boolean => ip.value === 0n;
export const isLoopback = (ip: IpValue): boolean =>
  ip.bits === 32 ? ip.value >> 24n === 127n : ip.value === 1n;
export const isLinkLocalUnicast = (ip: IpValue): boolean =>
  ip.bits === 32 ? ip.value >> 16n === 0xa9fen : ip.value >> 118n === 0x3fan;
export const isLinkLocalMulticast = (ip: IpValue): boolean =>
  ip.bits === 32 ? ip.value >> 8n === 0xe00000n : ip.value >> 112n === 0xff02n;
export const isGlobalUnicast = (ip: IpValue): boolean => {
  const multicast = ip.bits === 32 ? ip.value >> 28n === 0xen : ip.value >> 120n === 0xffn;
  const broadcast = ip.bits === 32 && ip.value === 0xffffffffn;
  return !(multicast || broadcast || isUnspecified(ip) || isLoopback(ip) || isLinkLocalUnicast(ip));
};
