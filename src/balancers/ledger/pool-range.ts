/**
 * The ranges of a pool as MetalLB reads them: a CIDR with host bits stands for the block that they lie in
 * (`198.18.0.200/28` is 198.18.0.192/28), and blanks around a text do not count.
 */
import {
  type AddressRange,
  type ParseFailure,
  parseAddress,
  parseRange,
  rangeOf,
  truncate,
  widthOf,
} from "../../ipam/index.ts";
import { ok, type Result } from "../../kernel/index.ts";

export function parsePoolRange(text: string): Result<AddressRange, ParseFailure> {
  const bare = text.trim();
  const strict = parseRange(bare);
  if (strict.ok || strict.error.problem === "too-long") return strict;
  const parts = /^([^/-]+)\/(\d{1,3})$/.exec(bare);
  const address = parseAddress(parts?.[1] ?? "");
  const length = Number(parts?.[2]);
  if (parts === null || !address.ok || length > widthOf(address.value.family)) return strict;
  return ok(rangeOf(truncate(address.value, length)));
}
