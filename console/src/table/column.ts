/** A column of a table, and what all tables can do. */
import { rowSortingFeature, tableFeatures } from "@tanstack/react-table";
import type { ReactNode } from "react";

export const FEATURES = tableFeatures({ rowSortingFeature });

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** As in `grid-template-columns`. */
  readonly width: string;
  /** Whether the server sorts by it; in which order at first. */
  readonly sort?: "asc" | "desc";
  readonly isNumeric?: boolean;
  /** Left out where the browser's window is narrower than so many rem. */
  readonly from?: number;
}
