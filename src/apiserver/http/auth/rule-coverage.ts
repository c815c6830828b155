/** Whether permissions lie within others, for those who pass rights on. The work is bounded, whatever rules list. */
import type { PolicyRule } from "./authorization.ts";

/** Comparisons that one request may cost: some tens of milliseconds. What is left then counts as not covered. */
const MOST_COMPARISONS = 500_000;

/**
 * The first rules of which not every single permission (one verb, group, resource and name, or one verb and path) is
 * granted by one of `held`. A `*` is covered by a `*` only, and a rule without names by one without names only.
 */
export function uncovered(
  wanted: readonly PolicyRule[],
  held: readonly PolicyRule[],
  most: number,
): PolicyRule[] {
  const owned = held.map(ownedOf);
  const budget = { left: MOST_COMPARISONS };
  const missing: PolicyRule[] = [];
  for (const rule of wanted) {
    if (!isCovered(singlesOf(rule), owned, budget)) missing.push(rule);
    if (missing.length === most) break;
  }
  return missing;
}

/** A rule that is held, ready to be asked. */
interface Owned {
  readonly verbs: ReadonlySet<string>;
  readonly apiGroups: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  readonly paths: readonly string[];
}

function ownedOf(rule: PolicyRule): Owned {
  return {
    verbs: new Set(rule.verbs),
    apiGroups: new Set(rule.apiGroups),
    resources: new Set(rule.resources),
    names: new Set(rule.resourceNames),
    paths: rule.nonResourceURLs ?? [],
  };
}

type Single =
  | { readonly verb: string; readonly path: string }
  | { readonly verb: string; readonly group: string; readonly resource: string; readonly name?: string };

function* singlesOf(rule: PolicyRule): Generator<Single> {
  const once = (list: readonly string[] | undefined) => [...new Set(list)];
  const names = once(rule.resourceNames);
  const [groups, resources] = [once(rule.apiGroups), once(rule.resources)];
  for (const verb of once(rule.verbs)) {
    for (const path of rule.nonResourceURLs ?? []) yield { verb, path };
    for (const group of groups) {
      for (const resource of resources) {
        if (names.length === 0) yield { verb, group, resource };
        for (const name of names) yield { verb, group, resource, name };
      }
    }
  }
}

function isCovered(singles: Iterable<Single>, held: readonly Owned[], budget: { left: number }): boolean {
  for (const single of singles) {
    const isGranted = held.some((own) => {
      budget.left -= 1 + ("path" in single ? own.paths.length : 0);
      return budget.left >= 0 && covers(own, single);
    });
    if (!isGranted) return false;
  }
  return true;
}

function covers(own: Owned, single: Single): boolean {
  if (!own.verbs.has("*") && !own.verbs.has(single.verb)) return false;
  if ("path" in single) return own.paths.some((pattern) => reaches(pattern, single.path));
  if (!own.apiGroups.has("*") && !own.apiGroups.has(single.group)) return false;
  if (own.names.size > 0 && (single.name === undefined || !own.names.has(single.name))) return false;
  if (own.resources.has("*") || own.resources.has(single.resource)) return true;
  const at = single.resource.indexOf("/");
  return at >= 0 && own.resources.has(`*${single.resource.slice(at)}`);
}

function reaches(pattern: string, path: string): boolean {
  if (pattern === "*" || pattern === path) return true;
  return pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1));
}
