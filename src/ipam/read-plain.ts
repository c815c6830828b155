/**
 * Reads the usual texts of addresses, character by character and without a part of a string: a Subnet is read
 * again with each change of it. What is not exactly right, or is written in an unusual way, is left to
 * `readCarefully`, which finds the fault.
 */
import type { Address } from "./prefix.ts";

const ZERO = 48;
const NINE = 57;
const DOT = 46;
const COLON = 58;
const LOWER_A = 97;
const LOWER_F = 102;
const GROUPS = 8;
/** Where the groups of an IPv6 address become a number: two halves of 64 bits. */
const halves = new DataView(new ArrayBuffer(2 * GROUPS));

/** The address in the first `end` characters of the text; undefined when another reader must look. */
export function readPlain(text: string, end: number): Address | undefined {
  const address = readDotted(text, end);
  if (address >= 0) return { family: 4, address };
  return hasColon(text, end) ? readGroups(text, end) : undefined;
}

/** A prefix length or a part of an IPv4 address, in `from` to `end`: -1 for anything but a plain number below 1,000. */
export function readDigits(text: string, from: number, end: number): number {
  const digits = end - from;
  if (digits < 1 || digits > 3 || (digits > 1 && text.charCodeAt(from) === ZERO)) return -1;
  let value = 0;
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return -1;
    value = value * 10 + code - ZERO;
  }
  return value;
}

/** Four parts from 0 to 255; -1 for anything else. */
function readDotted(text: string, end: number): number {
  let address = 0;
  let from = 0;
  for (let part = 0; part < 4; part++) {
    let until = from;
    while (until < end && text.charCodeAt(until) !== DOT) until++;
    const value = readDigits(text, from, until);
    if (value < 0 || value > 255 || part < 3 === (until === end)) return -1;
    address = address * 256 + value;
    from = until + 1;
  }
  return address;
}

function hasColon(text: string, end: number): boolean {
  const at = text.indexOf(":");
  return at >= 0 && at < end;
}

/** Eight groups in hexadecimal, of which one run may be left out; undefined for anything else. */
function readGroups(text: string, end: number): Address | undefined {
  let groups = 0;
  let elision = -1;
  let at = 0;
  if (text.startsWith("::")) {
    elision = 0;
    at = 2;
  }
  while (at < end) {
    const from = at;
    let value = 0;
    for (; at < end; at++) {
      const digit = hexDigit(text.charCodeAt(at));
      if (digit < 0) break;
      value = value * 16 + digit;
    }
    if (at === from || at > from + 4 || groups === GROUPS) return undefined;
    halves.setUint16(2 * groups++, value);
    if (at === end) break;
    if (text.charCodeAt(at++) !== COLON || at === end) return undefined;
    if (text.charCodeAt(at) === COLON) {
      if (elision >= 0) return undefined;
      elision = groups;
      at++;
    }
  }
  if (elision < 0 ? groups < GROUPS : groups === GROUPS) return undefined;
  if (elision >= 0) spread(elision, groups);
  return { family: 6, address: (halves.getBigUint64(0) << 64n) | halves.getBigUint64(GROUPS) };
}

/** Moves the groups behind the elision to the end, and clears those that it stands for. */
function spread(elision: number, groups: number): void {
  const shift = GROUPS - groups;
  for (let group = GROUPS - 1; group >= elision; group--) {
    const value = group - shift >= elision ? halves.getUint16(2 * (group - shift)) : 0;
    halves.setUint16(2 * group, value);
  }
}

/** -1 for what is none. Upper case, too: setting the bit of 32 makes it lower. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const lower = code | 32;
  return lower >= LOWER_A && lower <= LOWER_F ? lower - LOWER_A + 10 : -1;
}
