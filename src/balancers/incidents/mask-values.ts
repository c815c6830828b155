/**
 * Secrets that are known by the word before them: the value of `password=`, what follows `Bearer`, the flag of a client.
 */
import { MASK } from "./mask-shapes.ts";

export function maskValues(text: string): string {
  return new ValueMask(text).run();
}

/** Names of secrets, without what joins their parts. */
const SECRET_NAMES = [
  "password",
  "passwd",
  "passphrase",
  "passcode",
  "pwd",
  "secret",
  "token",
  "apikey",
  "accesskey",
  "accountkey",
  "signingkey",
  "encryptionkey",
  "sessionid",
  "sessid",
  "credential",
  "privatekey",
  "clientkeydata",
];

/** Headers of HTTP whose whole value is secret. */
const SECRET_HEADERS = /^(?:x-)?(?:proxy-)?(?:authorization|(?:set-)?cookie2?)$/;

const SCHEMES = /^(?:bearer|basic)$/;

/** Words that hold such a name and name no secret: a tokenizer, the name of a Secret, the file that a password is in. */
const NO_SECRET =
  /token(?:iz|is[ei]|type|count|review|ttl|limit|length)|secret(?:ar|name|ref|keyref|class|store|manager|type)|password(?:less|file|path|policy)|credentials?(?:file|path|name)/;

/** Placeholders in the position of a secret that describe it. */
const NO_VALUE =
  /(?:yes|no|not|true|false|null|nil|none|is|was|forbidden|expired|invalid|missing|required|denied|unknown|unset|empty)(?![\w-])/iy;

/** Names that are secret in the query of an address alone. */
const QUERY_NAMES = /^(?:x-(?:amz|goog)-)?(?:sig|signature)$|^(?:code|key)$/;

/** Commands, and how they take a password. */
const COMMANDS: readonly (readonly [command: RegExp, flag: RegExp])[] = [
  [/^(?:mysql|mariadb)[a-z-]{0,16}$/, /\s-p(?=\S)/],
  [/^curl$/, /\s(?:-[A-Za-z]{0,8}[uU]|--user|--proxy-user)[\s=]?(?=\S)/],
  [/^sshpass$/, /\s-p\s?(?=\S)/],
  [/^curl$/, /\s(?:-[A-Za-z]{0,8}b|--cookie)[\s=]?(?=["']?[\w.-]{1,99}=)/],
  [/^--from-literal$/, /^[= ]["']?[\w.-]{1,253}=(?=\S)/],
  [/^login$/, /\s-p\s?(?=\S)/],
  [/^redis-cli$/, /\s-a\s?(?=\S)/],
];

/** Characters after the name of a command in which its flags are looked for. */
const LONGEST_COMMAND = 512;

/** With as many backslashes as the quotes around it ask for, where JSON stands in JSON. */
const OPENING_QUOTE = /\\{0,3}["'`]/y;

type Kind = "value" | "header" | "scheme" | undefined;

/**
 * Goes through the text once, from word to word; what was masked or passed is never read again, except for the blanks
 * and quotes after a word, which are short or read twice.
 */
class ValueMask {
  readonly #text: string;
  readonly #kept: string[] = [];
  /** Up to here the text is in {@link #kept}. */
  #from = 0;
  /** Closing quotes that are not in the rest of the text, by what is looked for. */
  readonly #missing = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  run(): string {
    const words = /[\w.-]+/g;
    for (let found = words.exec(this.#text); found !== null; found = words.exec(this.#text)) {
      const end = words.lastIndex;
      const masked = this.#maskAfter(found[0], end);
      words.lastIndex = Math.max(end, masked);
    }
    return this.#kept.join("") + this.#text.slice(this.#from);
  }

  /** Masks what this word marks as secret. @returns where to continue, or 0. */
  #maskAfter(word: string, end: number): number {
    const kind = kindOf(word) ?? this.#kindHere(word, end);
    if (kind === "scheme") return this.#maskScheme(end);
    if (kind === undefined) return this.#maskFlag(word, end);
    const start =
      this.#valueStart(end) ?? (word.startsWith("--") ? this.#wordStart(end) : this.#spokenStart(word, end));
    if (start === undefined) return 0;
    if (kind === "header") return this.#mask(start, this.#headerEnd(start, end - word.length));
    if (this.#after(NO_VALUE, start) !== undefined) return 0;
    const isOnNextLine = this.#text.slice(end, start).includes("\n");
    return this.#mask(start, isOnNextLine ? this.#lineEnd(start) : this.#valueEnd(start));
  }

  #mask(start: number, end: number): number {
    if (end <= start) return 0;
    this.#kept.push(this.#text.slice(this.#from, start), MASK);
    this.#from = end;
    return end;
  }

  /** After quotes, blanks and one of `:`, `=`, `:=`, `=>`; undefined: there is none of these. */
  #valueStart(end: number): number | undefined {
    return this.#after(/[\\"'\]]{0,4}\s*(?::=|=>|[:=])\s*(?:[|>][+-]?[ \t]*\r?\n\s*)?/y, end);
  }

  /** `--password VALUE` */
  #wordStart(end: number): number | undefined {
    return this.#after(/[ \t]+(?=[^\s-])/y, end);
  }

  /** `PASSWORD 'VALUE'` as SQL has it, `<password>VALUE<`, and `password is VALUE` where that is no word of a language. */
  #spokenStart(word: string, end: number): number | undefined {
    if (!/^(?:password|passwd|passphrase|pwd|by)$/i.test(word)) return undefined;
    const quoted = this.#after(/[ \t]+(?=')|>(?=[^<\s])/y, end);
    if (quoted !== undefined || word.toLowerCase() === "by") return quoted;
    return this.#after(
      /[ \t]+(?:(?:is|was):?[ \t]+)?(?=(?=[^\s\d]{0,64}\d)(?=[^\sA-Za-z]{0,64}[A-Za-z])[^\s/]{8})/y,
      end,
    );
  }

  /** What the words and signs around it make of it: `?sig=…`, `IDENTIFIED BY '…'`, `"auth":"…"`. */
  #kindHere(word: string, end: number): Kind {
    const start = end - word.length;
    const lower = word.toLowerCase();
    const before = this.#text.charAt(start - 1);
    if ((before === "?" || before === "&") && QUERY_NAMES.test(lower)) return "value";
    if (
      lower === "by" &&
      /identified\s+(?:with\s+\S{1,40}\s+)?$/i.test(this.#text.slice(Math.max(0, start - 70), start))
    )
      return "value";
    const isAuth =
      /^_?auth$/.test(lower) &&
      this.#after(/["']?\s*[:=]\s*["']?[A-Za-z0-9+/]{12,}={0,2}["']/y, end) !== undefined;
    return isAuth ? "value" : undefined;
  }

  /** The end of what stands here; undefined: something else does. */
  #after(here: RegExp, start: number): number | undefined {
    here.lastIndex = start;
    return here.test(this.#text) ? here.lastIndex : undefined;
  }

  #valueEnd(from: number): number {
    const start = this.#after(/(?:bearer|basic|token)[ \t]+/iy, from) ?? from;
    if (this.#text.startsWith(MASK, start)) return start + MASK.length;
    const inside = this.#after(OPENING_QUOTE, start);
    if (inside !== undefined) return this.#quotedEnd(start, inside);
    const first = this.#text.charAt(start);
    if (first === "[" || first === "{") return this.#lineEnd(start);
    return this.#next(/[\s,;&})<]/g, start);
  }

  /** After the closing quote, which has as many backslashes before it as the opening one; else the end of the line. */
  #quotedEnd(start: number, inside: number): number {
    const text = this.#text;
    const opening = text.slice(start, inside);
    if (this.#missing.has(opening)) return this.#lineEnd(inside);
    const sign = opening.charAt(opening.length - 1);
    const tooMany = "\\".repeat(opening.length);
    for (let at = text.indexOf(sign, inside); at >= 0; at = text.indexOf(sign, at + 1)) {
      if (!text.slice(Math.max(inside, at - opening.length), at).endsWith(tooMany)) return at + 1;
    }
    this.#missing.add(opening);
    return this.#lineEnd(inside);
  }

  /** @param name where the header's name begins: in quotes, as `-H "Cookie: …"` has it, it ends with them. */
  #headerEnd(start: number, name: number): number {
    const inside = this.#after(OPENING_QUOTE, start);
    if (inside !== undefined) return this.#quotedEnd(start, inside);
    const masked = start + MASK.length;
    if (this.#text.startsWith(MASK, start) && this.#after(/[}\]"',\r\n]|$/y, masked) !== undefined)
      return masked;
    if (/[[{]/.test(this.#text.charAt(start))) return this.#lineEnd(start);
    const quote = this.#text.charAt(name - 1);
    const isQuoted = quote === '"' || quote === "'";
    const end = isQuoted && !this.#missing.has(quote) ? this.#closingQuote(quote, start) : undefined;
    return end ?? this.#lineEnd(start);
  }

  /** Where it stands, without a backslash before it, in this line. */
  #closingQuote(quote: string, start: number): number | undefined {
    const line = this.#lineEnd(start);
    for (let at = this.#text.indexOf(quote, start); at >= 0; at = this.#text.indexOf(quote, at + 1)) {
      if (at >= line) return undefined;
      if (this.#text.charAt(at - 1) !== "\\") return at;
    }
    this.#missing.add(quote);
    return undefined;
  }

  /** `Bearer …`: a word that is no word. */
  #maskScheme(end: number): number {
    const start = this.#after(/\s+(?=[A-Za-z0-9+/_.~=-]{8})/y, end);
    return start === undefined ? 0 : this.#mask(start, this.#next(/[^A-Za-z0-9+/_.~=-]/g, start));
  }

  /** `mysql -pSECRET`: the first flag of its kind in the line. */
  #maskFlag(word: string, end: number): number {
    const commands = COMMANDS.filter(([name]) => name.test(word.toLowerCase()));
    if (commands.length === 0) return 0;
    const [rest = ""] = this.#text.slice(end, end + LONGEST_COMMAND).split("\n", 1);
    const starts = commands.flatMap(([, flag]) => {
      const found = flag.exec(rest);
      return found === null ? [] : [end + found.index + found[0].length];
    });
    let masked = 0;
    // From the first to the last, so that what was masked stays as it is.
    for (const start of starts.sort((a, b) => a - b)) {
      if (start >= masked) masked = this.#mask(start, this.#valueEnd(start)) || masked;
    }
    return masked;
  }

  #lineEnd(start: number): number {
    return this.#next(/[\r\n]/g, start);
  }

  /** Where the first of these characters stands, or the end of the text. */
  #next(ending: RegExp, start: number): number {
    ending.lastIndex = start;
    return ending.exec(this.#text)?.index ?? this.#text.length;
  }
}

function kindOf(word: string): Kind {
  const lower = word.toLowerCase();
  if (SCHEMES.test(lower)) return "scheme";
  if (SECRET_HEADERS.test(lower)) return "header";
  const joined = lower.replaceAll(/[_.-]/g, "");
  const isSecret =
    (SECRET_NAMES.some((name) => joined.includes(name)) && !NO_SECRET.test(joined)) ||
    /^(?:\w{1,20}[_.-])?(?:(?:db|pg|my|user|root|admin|smtp|ldap)?pass|pw|sid)$|[_.-]pass$|\.sid$/.test(
      lower,
    ) ||
    /[a-z]Pass$/.test(word);
  return isSecret ? "value" : undefined;
}
