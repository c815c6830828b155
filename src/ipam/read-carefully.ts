/** Reads any spelling of an address that is right, part by part, and finds the fault of what is not. */
import { err, ok, type Result } from "../kernel/index.ts";
import type { Address } from "./prefix.ts";

export type ParseProblem =
  | "not-text"
  | "empty"
  | "too-long"
  | "bad-character"
  | "part-missing"
  | "part-too-large"
  | "part-too-long"
  | "leading-zero"
  | "too-many-parts"
  | "too-few-parts"
  | "two-elisions"
  | "zone"
  | "ipv4-mapped"
  | "length-missing"
  | "length-invalid"
  | "length-too-large"
  | "unexpected-length"
  | "host-bits"
  | "range-reversed"
  | "range-mixed";

/** What is wrong, and where: the offset in UTF-16 units. */
export interface Spot {
  readonly problem: ParseProblem;
  readonly at: number;
}

const spot = (problem: ParseProblem, at: number) => err<Spot>({ problem, at });

/** Reads every right text, and finds the first fault of any other. */
export function readCarefully(text: string): Result<Address, Spot> {
  if (!text.includes(":")) {
    const read = readDotted(text, 0);
    return read.ok ? ok({ family: 4, address: read.value }) : read;
  }
  const zone = text.indexOf("%");
  if (zone >= 0) return spot("zone", zone);
  const read = readGroups(text);
  return read.ok ? ok({ family: 6, address: read.value }) : read;
}

/** Four decimal parts; `offset` is where they begin in the whole text. */
function readDotted(text: string, offset: number): Result<number, Spot> {
  let value = 0;
  let at = offset;
  const parts = text.split(".");
  for (const [index, part] of parts.entries()) {
    if (index === 4) return spot("too-many-parts", at - 1);
    const bad = part.search(/[^0-9]/);
    if (bad >= 0) return spot("bad-character", at + bad);
    if (part === "") return spot("part-missing", at);
    if (part.length > 1 && part.startsWith("0")) return spot("leading-zero", at);
    if (part.length > 3 || Number(part) > 255) return spot("part-too-large", at);
    value = value * 256 + Number(part);
    at += part.length + 1;
  }
  return parts.length < 4 ? spot("too-few-parts", at - 1) : ok(value);
}

/** RFC 4291 section 2.2: eight groups, one run of which may be left out, the last two of which may be dotted. */
function readGroups(text: string): Result<bigint, Spot> {
  const elision = text.indexOf("::");
  if (elision >= 0) {
    const second = text.indexOf("::", elision + 1);
    if (second >= 0) return spot(second === elision + 1 ? "bad-character" : "two-elisions", second);
  }
  const head = readGroupList(elision < 0 ? text : text.slice(0, elision), 0, elision < 0);
  if (!head.ok) return head;
  if (elision < 0) {
    if (head.value.length < 8) return spot("too-few-parts", text.length);
    return ok(joinGroups(head.value));
  }
  const tail = readGroupList(text.slice(elision + 2), elision + 2, true);
  if (!tail.ok) return tail;
  const missing = 8 - head.value.length - tail.value.length;
  if (missing < 1) return spot("too-many-parts", elision);
  return ok(joinGroups([...head.value, ...new Array<number>(missing).fill(0), ...tail.value]));
}

function readGroupList(text: string, offset: number, mayEndDotted: boolean): Result<number[], Spot> {
  if (text === "") return ok([]);
  const groups: number[] = [];
  let at = offset;
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && mayEndDotted && index === parts.length - 1) {
      const dotted = readDotted(part, at);
      if (!dotted.ok) return dotted;
      groups.push(Math.floor(dotted.value / 65536), dotted.value % 65536);
    } else {
      const bad = part.search(/[^0-9a-fA-F]/);
      if (bad >= 0) return spot("bad-character", at + bad);
      if (part === "") return spot("part-missing", at);
      if (part.length > 4) return spot("part-too-long", at);
      groups.push(Number.parseInt(part, 16));
    }
    if (groups.length > 8) return spot("too-many-parts", at);
    at += part.length + 1;
  }
  return ok(groups);
}

function joinGroups(groups: readonly number[]): bigint {
  let value = 0n;
  for (const group of groups) value = (value << 16n) | BigInt(group);
  return value;
}
