/** Words of a sheet as names of Kubernetes, and back: what was written stays with the object, as an annotation. */
import { hash } from "node:crypto";

/** RFC 1123: a subdomain of at most 63 characters serves as name, label value, clusterID and purpose alike. */
const LONGEST = 63;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUFFIX_DIGITS = 6;

/** Letters that are not a plain one with an accent. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  ø: "o",
  æ: "ae",
  œ: "oe",
  đ: "d",
  ł: "l",
  þ: "th",
  ð: "d",
};

export function isName(text: string): boolean {
  return text.length <= LONGEST && NAME.test(text);
}

/** `Zürich Core` is `zurich-core`. Undefined where nothing is left. */
function nameFrom(words: string, isLabel: boolean): string | undefined {
  if (isName(words) && (!isLabel || LABEL.test(words))) return words;
  const plain = words
    .toLowerCase()
    .replace(/[ßøæœđłþð]/g, (letter) => LETTERS[letter] ?? "-")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, "");
  return plain === "" ? undefined : plain;
}

function digits(words: string): string {
  return hash("sha256", words).slice(0, SUFFIX_DIGITS);
}

function suffixed(name: string, suffix: string): string {
  return `${name.slice(0, LONGEST - suffix.length - 1).replace(/[-.]+$/, "")}-${suffix}`;
}

/**
 * A name for each of these words, no two the same: where two would be, those that were changed get some digits that depend
 * on the words alone.
 *
 * @param isLabel without dots, as the name of a namespace
 */
export function namesFor(
  all: Iterable<string>,
  isLabel = false,
  reserved: ReadonlySet<string> = new Set(),
): Map<string, string> {
  const words = [...new Set(all)].sort();
  const plain = words.map((each) => [each, nameFrom(each, isLabel) ?? `x-${digits(each)}`] as const);
  const byName = Map.groupBy(plain, ([, name]) => name);
  return new Map(
    plain.map(([each, name]) => {
      const isShared = (byName.get(name)?.length ?? 0) > 1 || reserved.has(name);
      return [each, isShared && (each !== name || reserved.has(name)) ? suffixed(name, digits(each)) : name];
    }),
  );
}

/** Where several objects have these words. */
export function nameWith(name: string, block: string): string {
  return suffixed(name, block);
}
