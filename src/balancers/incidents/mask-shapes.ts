/** Secrets that are known by their own shape, wherever they stand. */

export const MASK = "[masked]";

const BEGIN = "-----BEGIN ";
const END = "-----END ";
const DASHES = "-----";
/** The end of the label of RFC 7468, and of OpenPGP (RFC 9580, section 6.2). */
const PRIVATE_KEY = /PRIVATE KEY(?: BLOCK)?$/;
const LONGEST_LABEL = "PRIVATE KEY BLOCK".length;

/** Private keys in PEM form (RFC 7468); one that does not end is masked to the end of the text. */
export function maskKeyBlocks(text: string): string {
  const kept: string[] = [];
  let from = 0;
  let search = 0;
  for (;;) {
    const begin = text.indexOf(BEGIN, search);
    if (begin < 0) break;
    const label = text.indexOf(DASHES, begin + BEGIN.length);
    if (label < 0) break;
    search = label;
    if (!PRIVATE_KEY.test(text.slice(Math.max(begin, label - LONGEST_LABEL), label))) continue;
    kept.push(text.slice(from, begin), MASK);
    const end = text.indexOf(END, label);
    const close = end < 0 ? -1 : text.indexOf(DASHES, end + END.length);
    from = close < 0 ? text.length : close + DASHES.length;
    search = from;
  }
  return kept.join("") + text.slice(from);
}

/** `user:password@` in an address of any scheme (RFC 3986, section 3.2.1), and in the DSNs of Go's MySQL driver. */
export function maskAddresses(text: string): string {
  return text.replace(/[^\s"'`<>]+/g, (word) => maskUrl(maskDsn(word)));
}

function maskUrl(word: string): string {
  const at = word.lastIndexOf("@");
  if (at < 0) return word;
  for (let scheme = word.indexOf("://"); scheme >= 0; ) {
    const colon = word.indexOf(":", scheme + 3);
    if (colon < 0 || at < colon) return maskToken(word, scheme + 3, at);
    // After a port comes a path, in which an @ may stand, and another address.
    const isPort = /^:\d{1,5}[/?#,;]/.test(word.slice(colon, colon + 7));
    if (!isPort) return `${word.slice(0, colon + 1)}${MASK}${word.slice(at)}`;
    scheme = word.indexOf("://", colon);
  }
  return word;
}

/** `https://TOKEN@host`: longer than the names of users are, and without what a path has. */
function maskToken(word: string, start: number, at: number): string {
  const isToken = at - start >= 20 && /^[\w-]+$/.test(word.slice(start, at));
  return isToken ? word.slice(0, start) + MASK + word.slice(at) : word;
}

/** `user:password@tcp(host:3306)/name` */
function maskDsn(word: string): string {
  const at = Math.max(...["@tcp(", "@tcp6(", "@unix(", "@("].map((mark) => word.lastIndexOf(mark)));
  const colon = word.indexOf(":");
  return at < 0 || colon < 0 || colon > at ? word : `${word.slice(0, colon + 1)}${MASK}${word.slice(at)}`;
}

/**
 * Tokens that begin as no other word does. Each pattern is a fixed beginning and one class of characters, so that a match
 * is found or given up in one pass.
 */
const TOKENS: readonly RegExp[] = [
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bgh[oprsu]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_\w{16,}/g,
  /\bgl(?:pat|rt|dt|ptt|cbt|soat|ft|imt|agent|oas)-[\w-]{16,}/g,
  /\b(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}/g,
  /\bnpm_[A-Za-z0-9]{16,}/g,
  /\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}/g,
  /\bsk-[\w-]{20,}/g,
  /\bAIza[\w-]{30,}/g,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/g,
  /\bya29\.[\w-]{16,}/g,
  /\b(?:hf|dckr_pat|doo_v1|dop_v1)_[\w-]{16,}/g,
  /\bpypi-[\w-]{16,}/g,
  /\bATATT3[\w=-]{16,}/g,
  /\bdapi[0-9a-f]{32}\b/g,
  /\bsq0[a-z]{3}-[\w-]{16,}/g,
  /\bhv[sb]\.[\w-]{20,}/g,
  /\bhooks\.slack\.com\/[a-z]{3,10}\/[\w/-]{10,}/g,
];

export function maskTokens(text: string): string {
  const known = TOKENS.reduce((masked, token) => masked.replace(token, MASK), text);
  return known.replace(/[\w.-]+/g, maskJwt);
}

const JWT_HEADER = "eyJ";
const LEAST_PART = 5;

/** A JSON Web Token (RFC 7519): three parts of base64url with dots between, the first of which is an object. */
function maskJwt(word: string): string {
  if (!word.includes(JWT_HEADER)) return word;
  const parts = word.split(".");
  const first = parts.findIndex((part, at) => {
    const begin = headerIn(part);
    const isHeader = begin >= 0 && part.length - begin >= JWT_HEADER.length + LEAST_PART;
    return isHeader && at + 2 < parts.length && (parts[at + 1] ?? "").length >= LEAST_PART;
  });
  if (first < 0) return word;
  const before = parts.slice(0, first).map((part) => `${part}.`);
  const part = parts[first] ?? "";
  return before.join("") + part.slice(0, headerIn(part)) + MASK;
}

/** Where it begins, at the beginning of the part or after a dash. */
function headerIn(part: string): number {
  if (part.startsWith(JWT_HEADER)) return 0;
  const dash = part.indexOf(`-${JWT_HEADER}`);
  return dash < 0 ? -1 : dash + 1;
}

/**
 * Values of a Secret of Kubernetes, as YAML: what stands alone after a name and is base64 with its padding. A line of a
 * log is read without those around it, so that `kind: Secret` is not asked for.
 */
export function maskEncodedValues(text: string): string {
  return text.replace(
    /^([ \t]*"?[\w.-]{1,253}"?:[ \t]{1,8}"?)[A-Za-z0-9+/]{14,}={1,2}("?,?[ \t]{0,8})$/gm,
    `$1${MASK}$2`,
  );
}
