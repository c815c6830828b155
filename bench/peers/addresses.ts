/**
 * What the packages for addresses on npm do, and what `plexaubnet/ipam` does: the same texts, the same
 * answers, in turn. Processor time of this thread.
 */

import { containsCidr, excludeCidr, mergeCidr, parseCidr } from "cidr-tools";
import { Address4, Address6 } from "ip-address";
import IPCIDR from "ip-cidr";
import ipaddr from "ipaddr.js";
import { Netmask } from "netmask";
import {
  containsAddress,
  FreeSpace,
  formatPrefix,
  mergePrefixes,
  type Prefix,
  parseAddress,
  parsePrefix,
} from "../../src/ipam/index.ts";
import { type BenchReport, type Figure, median, ratioTarget, type Target } from "../report.ts";

const ROUNDS = 7;
/** A round of one contestant lasts at least so long. */
const ROUND_NANOS = 30e6;
const OURS = "plexaubnet";

/** One job. Each contestant returns the same number, so that none is measured at less work. */
interface Job {
  readonly name: string;
  /** How many results a run has: the figure is that of one. */
  readonly results: number;
  readonly contestants: Readonly<Record<string, () => number>>;
  /**
   * How many times as long as ours the fastest peer is to take at least. Default: 0.9, which is as long, and
   * noise.
   */
  readonly least?: number;
}

function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error("a text of the benchmark is not one");
  return result.value;
}

const FOUR = Array.from({ length: 1_000 }, (_, i) => `10.${i >> 4}.${(i & 15) << 4}.0/24`);
const SIX = Array.from({ length: 1_000 }, (_, i) => `2001:db8:${i.toString(16)}::/48`);
const FOUR_ADDRESSES = Array.from({ length: 1_000 }, (_, i) => `10.${i >> 3}.7.${i & 255}`);
const SIX_ADDRESSES = Array.from({ length: 1_000 }, (_, i) => `2001:db8:${i.toString(16)}::7`);

function counted<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let count = 0;
  for (const item of items) if (holds(item)) count++;
  return count;
}

function total<T>(items: readonly T[], lengthOf: (item: T) => number): number {
  let sum = 0;
  for (const item of items) sum += lengthOf(item);
  return sum;
}

function parseJob(family: string, texts: readonly string[], Peer: typeof Address4 | typeof Address6): Job {
  return {
    name: `parse an ${family} prefix`,
    results: texts.length,
    contestants: {
      [OURS]: () => total(texts, (text) => must(parsePrefix(text)).length),
      netmask: () => total(texts, (text) => new Netmask(text).bitmask),
      "ipaddr.js": () => total(texts, (text) => ipaddr.parseCIDR(text)[1]),
      "ip-cidr": () => total(texts, (text) => new IPCIDR(text).address.subnetMask),
      "ip-address": () => total(texts, (text) => new Peer(text).subnetMask),
      "cidr-tools": () => total(texts, (text) => Number(parseCidr(text).prefix)),
    },
  };
}

/** Each contestant holds the prefix as it likes, and reads the addresses. */
function lookUpJob(
  family: string,
  cidr: string,
  texts: readonly string[],
  peers: {
    readonly "ipaddr.js": (text: string) => boolean;
    readonly "ip-address": (text: string) => boolean;
  },
): Job {
  const prefix = must(parsePrefix(cidr));
  const netmask = new Netmask(cidr);
  const ipCidr = new IPCIDR(cidr);
  return {
    name: `whether an ${family} address, a text, is in a prefix`,
    results: texts.length,
    contestants: {
      [OURS]: () => counted(texts, (text) => containsAddress(prefix, must(parseAddress(text)))),
      netmask: () => counted(texts, (text) => netmask.contains(text)),
      "ipaddr.js": () => counted(texts, peers["ipaddr.js"]),
      "ip-cidr": () => counted(texts, (text) => ipCidr.contains(text)),
      "ip-address": () => counted(texts, peers["ip-address"]),
      "cidr-tools": () => counted(texts, (text) => containsCidr(cidr, text)),
    },
  };
}

const TEN_4 = "10.0.0.0/10";
const DOCUMENTED_6 = "2001:db8::/39";
const ipaddrFour = ipaddr.IPv4.parseCIDR(TEN_4);
const ipaddrSix = ipaddr.IPv6.parseCIDR(DOCUMENTED_6);
const addressFour = new Address4(TEN_4);
const addressSix = new Address6(DOCUMENTED_6);

const parses: readonly Job[] = [parseJob("IPv4", FOUR, Address4), parseJob("IPv6", SIX, Address6)];

const lookUps: readonly Job[] = [
  lookUpJob("IPv4", TEN_4, FOUR_ADDRESSES, {
    "ipaddr.js": (text) => ipaddr.IPv4.parse(text).match(ipaddrFour),
    "ip-address": (text) => new Address4(text).isInSubnet(addressFour),
  }),
  lookUpJob("IPv6", DOCUMENTED_6, SIX_ADDRESSES, {
    "ipaddr.js": (text) => ipaddr.IPv6.parse(text).match(ipaddrSix),
    "ip-address": (text) => new Address6(text).isInSubnet(addressSix),
  }),
];

/** Blocks of a pool of which each second one is missing: nothing but the pairs can be merged. */
const PIECES = Array.from({ length: 1_000 }, (_, i) => `10.${i >> 6}.${(i & 63) << 2}.0/24`).flatMap(
  (text) => [text, text.replace(".0/24", ".0/25")],
);
const TAKEN = Array.from({ length: 1_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
const TEN: Prefix = must(parsePrefix("10.0.0.0/8"));

const sets: readonly Job[] = [
  {
    name: "merge 2,000 prefixes, texts",
    results: 1,
    // It keeps each prefix as its text and both ends; ours becomes values, and texts again.
    least: 0.5,
    contestants: {
      [OURS]: () => mergePrefixes(PIECES.map((text) => must(parsePrefix(text)))).map(formatPrefix).length,
      "cidr-tools": () => mergeCidr(PIECES).length,
    },
  },
  {
    name: "the lowest free /24 beside 1,000 blocks that were read before",
    results: 1,
    contestants: {
      [OURS]: lowestFree(),
      "cidr-tools": () => hundreds(excludeCidr("10.0.0.0/8", TAKEN)[0]),
    },
  },
];

/** The engine holds the blocks, as the operator does: what it allocates, it releases again. */
function lowestFree(): () => number {
  const space = new FreeSpace(TEN);
  for (const text of TAKEN) space.allocateExact(must(parsePrefix(text)));
  return () => {
    const block = must(space.allocate(24));
    space.release(block);
    return hundreds(formatPrefix(block));
  };
}

/** A text of a prefix as a number that its neighbours do not have. */
function hundreds(text: string | undefined): number {
  const [, second = "", third = ""] = text?.split(".") ?? [];
  return Number(second) * 256 + Number(third);
}

function nanosOf(work: () => number): number {
  const before = process.cpuUsage();
  const startMs = performance.now();
  let runs = 0;
  do {
    for (let i = 0; i < 10; i++) work();
    runs += 10;
  } while ((performance.now() - startMs) * 1e6 < ROUND_NANOS);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / runs;
}

/** Checks first that all contestants agree. */
function measureJob({ name, results, contestants, least = 0.9 }: Job): {
  figures: Record<string, Figure>;
  target: Target;
} {
  const all = Object.entries(contestants);
  const answers = new Set(all.map(([, work]) => work()));
  if (answers.size !== 1)
    throw new Error(`${name}: the contestants disagree: ${all.map(([who, work]) => `${who} ${work()}`)}`);
  const rounds = new Map<string, number[]>(all.map(([who]) => [who, []]));
  for (const [, work] of all) nanosOf(work);
  for (let round = 0; round < ROUNDS; round++)
    for (const [who, work] of all) rounds.get(who)?.push(nanosOf(work));
  const of = (who: string) => rounds.get(who) ?? [];
  const others = all.map(([who]) => who).filter((who) => who !== OURS);
  const timesOf = (who: string) =>
    median(of(who).map((nanos, round) => nanos / (of(OURS)[round] ?? Number.NaN)));
  const times = others.map((who) => [who, timesOf(who)] as const);
  const ratio = Math.min(...times.map(([, value]) => value));
  return {
    figures: {
      [name]: { value: median(of(OURS)) / results, unit: "ns" },
      ...Object.fromEntries(
        times.map(([who, value]) => [`  ${name}, ${who}`, { value, unit: "times that" }]),
      ),
    },
    target: ratioTarget(`${name}, the fastest peer : ours`, ratio, ">=", least),
  };
}

export function measureAddresses(): Pick<BenchReport, "figures" | "targets"> {
  const measured = [...parses, ...lookUps, ...sets].map(measureJob);
  return {
    figures: Object.assign({}, ...measured.map(({ figures }) => figures)),
    targets: measured.map(({ target }) => target),
  };
}
