/** What evidence is about: pools and load balancers, a few by name and very many by namespace. Pure. */
import { bareSubject, countOf, type Evidence } from "./evidence.ts";
import { counted, kindInWords, listed } from "./words.ts";

/** What a subject of a comparison names. IPv6 addresses have no slash in them. */
export interface Subject {
  /** Of a pool its name; of a load balancer `NAMESPACE/NAME`. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly ip: string | undefined;
}

export function subjectOf(subject: string): Subject {
  if (!subject.startsWith("service/")) {
    return { name: subject.replace(/^(?:pool|ip)\//, ""), namespace: undefined, ip: undefined };
  }
  const [, namespace = "", service = "", ip] = subject.split("/");
  return { name: `${namespace}/${service}`, namespace, ip };
}

const FEW = 3;

/** Very many subjects: by namespace with counts, and the first few. The facts say the same to a rule. */
export function groupsOf(subjects: readonly string[]): {
  readonly text: string;
  readonly facts: Readonly<Record<string, string>>;
} {
  const counts = new Map<string, number>();
  for (const subject of subjects) {
    const { namespace } = subjectOf(subject);
    if (namespace !== undefined) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  }
  const names = subjects.slice(0, FEW).map(nameOf);
  const facts = {
    count: String(subjects.length),
    first: subjects.slice(0, FEW).join(" "),
    ...(counts.size > 0 && { namespaces: JSON.stringify(Object.fromEntries(counts)) }),
  };
  return { text: groupText(counts, names, subjects.length), facts };
}

/** `40 in the namespace gpu, 30 in shop; among them …` */
export function groupText(
  counts: ReadonlyMap<string, number>,
  first: readonly string[],
  count: number,
): string {
  if (count <= FEW && first.length === count) return first.join(", ");
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const groups = sorted
    .slice(0, FEW)
    .map(([name, n]) => `${n.toLocaleString("en-US")} in the namespace ${name}`);
  const rest = sorted.slice(FEW);
  const others = rest.reduce((sum, [, n]) => sum + n, 0);
  if (rest.length > 0)
    groups.push(`${others.toLocaleString("en-US")} in ${counted(rest.length, "other namespace")}`);
  const among = first.length < count ? `among them ${first.join(", ")}` : first.join(", ");
  return [groups.join(", "), among].filter((part) => part !== "").join("; ");
}

export interface Tally {
  readonly count: number;
  readonly namespaces: ReadonlyMap<string, number>;
  /** The first few, as they are named in a sentence. */
  readonly first: readonly string[];
}

/** Of evidence of single things, and of evidence that is of many at once. */
export function tallyOf(evidence: readonly Evidence[]): Tally {
  const namespaces = new Map<string, number>();
  const first: string[] = [];
  let count = 0;
  const add = (namespace: string, n: number) =>
    namespaces.set(namespace, (namespaces.get(namespace) ?? 0) + n);
  for (const one of evidence) {
    const { facts } = one;
    count += countOf(one);
    const subjects = facts?.first === undefined ? [bareSubject(one)] : facts.first.split(" ");
    for (const subject of subjects.slice(0, Math.max(0, FEW - first.length))) first.push(nameOf(subject));
    if (facts?.count === undefined) {
      const { namespace } = subjectOf(bareSubject(one));
      if (namespace !== undefined) add(namespace, 1);
    } else if (facts.namespaces !== undefined) {
      const counts = JSON.parse(facts.namespaces) as Readonly<Record<string, number>>;
      for (const [namespace, n] of Object.entries(counts)) add(namespace, n);
    }
  }
  return { count, namespaces, first };
}

export function nameOf(subject: string): string {
  const { name, ip } = subjectOf(subject);
  return ip === undefined ? name : `${name} (${ip})`;
}

/** Few by what was said of each, more by how many there are and where. */
export function summaryOf(evidence: readonly Evidence[], most = 5): string {
  const { count, namespaces, first } = tallyOf(evidence);
  if (count <= most) return [...new Set(evidence.map(({ message }) => message))].join(" ");
  const byKind = Map.groupBy(evidence, ({ kind }) => kind);
  const kinds = [...byKind].map(([kind, of]) => counted(tallyOf(of).count, ...kindInWords(kind)));
  return `${kinds.join(", ")}: ${groupText(namespaces, first, count)}.`;
}

/** Which ones: few by name, more by namespace. */
export function namesIn(matched: readonly Evidence[]): string {
  const found = matched.filter(({ source }) => source === "comparison");
  const about = found.length > 0 ? found : matched;
  const { count, namespaces, first } = tallyOf(about);
  if (count > 5) return groupText(namespaces, first, count);
  return listed([...new Set(about.map((one) => nameOf(bareSubject(one))))]);
}
