/** What can be read and written, and which fields a column can hold: alone, so that a command knows them at no cost. */

export const SOURCE_FORMATS = [
  "auto",
  "csv",
  "list",
  "netbox",
  "phpipam",
  "aws",
  "terraform",
  "kubernetes",
  "plan",
] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

export const COLUMN_FIELDS = [
  "cidr",
  "mask",
  "start",
  "end",
  "vrf",
  "cluster",
  "owner",
  "tenant",
  "name",
  "kind",
  "status",
  "role",
  "description",
  "comments",
  "rir",
  "namespace",
  "pool",
  "purpose",
  "more",
] as const;
export type ColumnField = (typeof COLUMN_FIELDS)[number];

export const INVENTORY_FORMATS = ["csv", "netbox", "json", "markdown"] as const;
export type InventoryFormat = (typeof INVENTORY_FORMATS)[number];
