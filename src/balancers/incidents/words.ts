/** Counts, lists, times and names as a sentence has them. Pure. */

/** `1 pool`, `1,234 pools` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`; of more than `most` the first few, and how many more there are. */
export function listed(items: readonly string[], most = 5): string {
  if (items.length > most) return `${items.slice(0, most).join(", ")} and ${items.length - most} more`;
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Of a kind of difference: one of it, and several. */
const KINDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  "pool-missing-in-ledger": ["pool that the ledger lacks", "pools that the ledger lacks"],
  "pool-missing-in-cluster": ["pool that MetalLB does not have", "pools that MetalLB does not have"],
  "range-differs": ["pool whose ranges differ", "pools whose ranges differ"],
  "setting-differs": ["setting of a pool that differs", "settings of pools that differ"],
  "usage-unrecorded": ["address in use without a usage record", "addresses in use without a usage record"],
  "usage-gone": [
    "usage record of an address that its Service does not have",
    "usage records of addresses that their Services do not have",
  ],
  "usage-in-other-pool": ["usage record against another pool", "usage records against other pools"],
  "ip-outside-every-pool": [
    "address in use that lies in no pool of MetalLB",
    "addresses in use that lie in no pool of MetalLB",
  ],
  "ip-in-two-pools": [
    "address that several pools of the ledger claim",
    "addresses that several pools of the ledger claim",
  ],
  "ip-used-twice": ["address that several Services have", "addresses that several Services have"],
  "pool-twice-in-ledger": [
    "pool that the ledger has several rows of",
    "pools that the ledger has several rows of",
  ],
  "range-unreadable": ["range that cannot be read", "ranges that cannot be read"],
};

export function kindInWords(kind: string): readonly [one: string, many: string] {
  return KINDS[kind] ?? [`difference (${kind})`, `differences (${kind})`];
}

/** For people: to the second. The document as JSON has its times in full. */
export function timeText(at: string): string {
  return at.replace(/(:\d\d)\.\d+(?=Z$)/, "$1");
}

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h` */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const [hours, restMinutes] = [Math.floor(minutes / 60), minutes % 60];
  if (hours < 48) return restMinutes === 0 ? `${hours} h` : `${hours} h ${restMinutes} min`;
  const [days, restHours] = [Math.floor(hours / 24), hours % 24];
  return restHours === 0 ? `${days} d` : `${days} d ${restHours} h`;
}

/** `E-1, E-2` or, of a run of three or more, `E-1 to E-70`. Hand in IDs in their order. */
export function idRuns(ids: readonly string[]): readonly (readonly [first: string, last: string])[] {
  const runs: [string, string][] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    if (run !== undefined && numberOf(id) === numberOf(run[1]) + 1) run[1] = id;
    else runs.push([id, id]);
  }
  return runs.flatMap(([first, last]): readonly (readonly [string, string])[] =>
    numberOf(last) === numberOf(first) + 1
      ? [
          [first, first],
          [last, last],
        ]
      : [[first, last]],
  );
}

export function numberOf(id: string): number {
  return Number(id.slice(id.indexOf("-") + 1));
}
