import { crc32 } from "node:zlib";
import type { ObjectAddress } from "./store.ts";

/** CRC-32 over a state and what it is filed under: SQLite would not notice that a disk has changed either. */
export function checksumOf({ kind, namespace, name }: ObjectAddress, revision: number, json: string): number {
  return crc32(json, crc32(`${kind}\0${namespace}\0${name}\0${revision}`));
}
