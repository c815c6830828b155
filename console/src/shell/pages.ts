/** The pages, as the navigation lists them and as URLs name them. */

export type PageId = "map" | "pools" | "claims" | "activity" | "balancers" | "incidents" | "health";

export interface PageEntry {
  readonly id: PageId;
  readonly title: string;
  /** Only where there is a ledger. */
  readonly needsLedger?: true;
}

export const PAGES: readonly PageEntry[] = [
  { id: "map", title: "Map" },
  { id: "pools", title: "Pools" },
  { id: "claims", title: "Claims" },
  { id: "activity", title: "Activity" },
  { id: "balancers", title: "Load balancers", needsLedger: true },
  { id: "incidents", title: "Incidents", needsLedger: true },
  { id: "health", title: "Health" },
];

/** The page of a path. The root is the map. */
export function pageOf(parts: readonly string[]): PageEntry | undefined {
  return parts.length === 0 ? PAGES[0] : PAGES.find(({ id }) => id === parts[0]);
}
