/**
 * Address plans of other tools, in and out. Pure: bytes or text go in, values come out, and nothing here reads a file, a
 * network or a cluster.
 *
 * How a row flows in:
 *
 * ```
 * bytes ─ decodeText ─► text ─ readSource ─► Reading ─ planOf ─► AddressPlan ─ objectsOf ─► PlannedObject
 *          encodings           rows, faults,           pools and blocks,        manifests, each with
 *          sizes               columns, notes          faults, names            where it came from
 * ```
 *
 * - `Row`: the content of one line or one object of the source about one block, as text, and its origin.
 * - `Fault`: why a row cannot be taken as it is, where it is, and what to do. Whatever can be taken has none.
 * - `AddressPlan`: the rows in their address spaces: which one is a pool, which one a block, and what lies in what.
 * - `PlannedObject`: a manifest of it. A row with an owner is a SubnetClaim for exactly its block, any other a
 *   Subnet.
 *
 * An address space is a namespace. A VRF is one of its own: the same block in two VRFs is two blocks.
 *
 * And out: `Inventory` (pools, blocks, free space, in a stable order) is written by `inventoryText` as CSV, NetBox's CSV,
 * JSON or Markdown. All but Markdown are read again, and come back as they were (PX-14).
 */
export * from "./annotations.ts";
export { type BlockFault, readBlock } from "./block.ts";
export { type DecodeFailure, decodeText, describeDecodeFailure } from "./decode-text.ts";
export * from "./formats.ts";
export {
  type AddressPlan,
  type ExistingPool,
  type PlannedBlock,
  type PlannedPool,
  type PlanOptions,
  planOf,
} from "./plan/address-plan.ts";
export {
  objectsOf,
  type PlannedObject,
  type PlannedObjects,
  type Renamed,
} from "./plan/objects.ts";
export type { PlannedKind } from "./plan/verbatim.ts";
export { type JsonSource, parseJson } from "./read/json-source.ts";
export { readJson, readSource, type SourceOptions } from "./read/read-source.ts";
export { yamlFailureText } from "./read/yaml-failure.ts";
export { claimsOf, type RequestedClaim } from "./requests/claims-of.ts";
export { readRequests } from "./requests/read-requests.ts";
export * from "./row.ts";
export { csvLine, inertCell } from "./write/csv-line.ts";
export {
  type InventoryEntry,
  type InventoryObject,
  type InventorySource,
  inventoryOf,
} from "./write/inventory.ts";
export { inventoryText, isInNetbox } from "./write/inventory-text.ts";
