/** What a user searches for: addresses, or a name. Pure. */
import { readBlock } from "../../exchange/index.ts";
import {
  type Address,
  describeParseFailure,
  formatPrefix,
  type Prefix,
  parseAddress,
  truncate,
  widthOf,
} from "../../ipam/index.ts";
import { err, ok, type Result } from "../../kernel/index.ts";
import type { NamedKind } from "../../operator/index.ts";
import { resourceOfWord } from "../kind-words.ts";

export type What =
  | { readonly by: "addresses"; readonly prefixes: readonly Prefix[]; readonly note?: string }
  | { readonly by: "name"; readonly name: string; readonly kind?: NamedKind };

/**
 * Nothing else looks like this: a name that does, such as a cluster called 10.1, is written with its kind.
 */
const LIKE_ADDRESSES = /^[\d.]+([/ -].*)?$|:|^[\da-f.:]+\/\d+$/i;

/** Or one sentence, without a full stop. */
export function parseWhat(text: string): Result<What, string> {
  const trimmed = text.trim();
  if (trimmed === "") return err("the text is empty: name an address, a CIDR, a cluster or an object");
  const slash = trimmed.indexOf("/");
  const word = slash < 0 ? "" : trimmed.slice(0, slash);
  const name = trimmed.slice(slash + 1);
  if (word.toLowerCase() === "cluster" || word.toLowerCase() === "clusters")
    return ok({ by: "name", name, kind: "cluster" });
  const resource = resourceOfWord(word);
  if (resource !== undefined) return ok({ by: "name", name, kind: resource.kind as NamedKind });
  if (LIKE_ADDRESSES.test(trimmed)) return parseAddresses(trimmed);
  if (slash < 0) return ok({ by: "name", name: trimmed });
  return err(`"${word}" is neither an address nor a kind: use cluster, claim, poolclaim, pool or subnet`);
}

function parseAddresses(text: string): Result<What, string> {
  const address = parseAddress(text);
  if (address.ok) return ok({ by: "addresses", prefixes: [hostOf(address.value)] });
  if (address.error.problem === "ipv4-mapped") return parseAddresses(address.error.suggestion ?? "");
  const block = readBlock(text);
  if (block.ok) return ok({ by: "addresses", prefixes: block.value.prefixes });
  if (!/[/ -]/.test(text)) return err(describeParseFailure(address.error));
  const { kind, meant, message, cure } = block.error;
  const isClear = kind === "host-bits" || kind === "ipv4-mapped";
  if (meant === undefined || !isClear) return err(`${message}: ${cure}`);
  const note = `${text} is read as ${formatPrefix(meant)}: ${message}.`;
  return ok({ by: "addresses", prefixes: [meant], note });
}

function hostOf(address: Address): Prefix {
  return truncate(address, widthOf(address.family));
}
