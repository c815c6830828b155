/**
 * Patterns as CRDs write them (RE2, the syntax of Go's `regexp`) as JavaScript regular expressions.
 *
 * The two agree on nearly everything that schemas use. What RE2 has and JavaScript lacks is translated; what RE2
 * refuses (look-around, back references) is refused here too, so that a CRD which works here works on a cluster.
 * JavaScript's engine backtracks where RE2 does not: a pattern with nested quantifiers can be slow on long input.
 */
import { err, ok, type Result } from "../../kernel/index.ts";

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** Escapes that mean the same in both, outside and inside a character class. */
const SHARED_ESCAPES = new Set("dDwWsSbBnrtfv");
const SYNTAX_CHARACTERS = new Set("^$\\.*+?()[]{}|/");

const compiled = new Map<string, Result<RegExp, string>>();
const CACHE_LIMIT = 4096;

/** The pattern, unanchored as in JSON schema, or what is wrong with it. Results are cached. */
export function compilePattern(pattern: string): Result<RegExp, string> {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (compiled.size >= CACHE_LIMIT) compiled.clear();
  const result = translateAndCompile(pattern);
  compiled.set(pattern, result);
  return result;
}

function translateAndCompile(pattern: string): Result<RegExp, string> {
  const translated = translate(pattern);
  if (!translated.ok) return translated;
  try {
    return ok(new RegExp(translated.value.source, translated.value.flags));
  } catch (cause) {
    const detail = cause instanceof Error ? (cause.message.split(": ").at(-1) ?? "") : "";
    return err(`error parsing regexp: ${detail.toLowerCase()}: \`${pattern}\``);
  }
}

interface Scan {
  readonly text: string;
  at: number;
  out: string;
  /** For each group that is open, the flags set within it: `(?i)` counts up to the end of its group. */
  readonly flags: string[][];
}

function translate(pattern: string): Result<{ source: string; flags: string }, string> {
  const scan: Scan = { text: pattern, at: 0, out: "", flags: [[]] };
  while (scan.at < pattern.length) {
    const fault = step(scan);
    if (fault !== undefined) return err(`error parsing regexp: ${fault}`);
  }
  return ok({ source: scan.out + closers(scan), flags: "u" });
}

function closers(scan: Scan): string {
  return ")".repeat(scan.flags.at(-1)?.length ?? 0);
}

function step(scan: Scan): string | undefined {
  const char = scan.text[scan.at] as string;
  if (char === "\\") return escapeSequence(scan, false);
  if (char === "[") return characterClass(scan);
  if (char === "(" && scan.text[scan.at + 1] === "?") return group(scan);
  if ("*+?}".includes(char) && scan.text[scan.at + 1] === "+") {
    return `invalid nested repetition operator: \`${char}+\``;
  }
  if (char === "{" && !/^\{\d+(,\d*)?\}/.test(scan.text.slice(scan.at))) scan.out += "\\{";
  else if (char === "}" && !/\{\d+(,\d*)?$/.test(scan.text.slice(0, scan.at))) scan.out += "\\}";
  else if (char === "]") scan.out += "\\]";
  else if (char === "|") scan.out += `${closers(scan)}|${(scan.flags.at(-1) ?? []).join("")}`;
  else if (char === ")") {
    scan.out += `${closers(scan)})`;
    if (scan.flags.length > 1) scan.flags.pop();
  } else {
    if (char === "(") scan.flags.push([]);
    scan.out += char;
  }
  scan.at++;
  return undefined;
}

function group(scan: Scan): string | undefined {
  const rest = scan.text.slice(scan.at);
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
  if (named !== null) {
    scan.out += `(?<${named[1]}>`;
    scan.flags.push([]);
    scan.at += named[0].length;
    return undefined;
  }
  const plain = /^\(\?[ims]*(-[ims]+)?:/.exec(rest);
  if (plain !== null) {
    scan.out += plain[0];
    scan.flags.push([]);
    scan.at += plain[0].length;
    return undefined;
  }
  const flags = /^\(\?([ims]+(?:-[ims]+)?|-[ims]+)\)/.exec(rest);
  if (flags !== null) {
    scan.out += `(?${flags[1]}:`;
    scan.flags.at(-1)?.push(`(?${flags[1]}:`);
    scan.at += flags[0].length;
    return undefined;
  }
  return `invalid or unsupported Perl syntax: \`${rest.slice(0, rest.startsWith("(?<") ? 4 : 3)}\``;
}

function escapeSequence(scan: Scan, inClass: boolean): string | undefined {
  const next = scan.text[scan.at + 1];
  if (next === undefined) return "trailing backslash at end of expression: ``";
  const rest = scan.text.slice(scan.at);
  const whole = /^\\(x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]{1,6}\}|[pP](\{\^?\w+\}|[A-Z])|Q[\s\S]*?(\\E|$))/.exec(
    rest,
  );
  if (whole !== null) {
    scan.out += longEscape(whole[0]);
    scan.at += whole[0].length;
    return undefined;
  }
  scan.at += 2;
  if (SHARED_ESCAPES.has(next) && !(inClass && (next === "b" || next === "B"))) scan.out += `\\${next}`;
  else if (next === "a") scan.out += "\\x07";
  else if (next === "A" && !inClass) scan.out += "(?<![\\s\\S])";
  else if (next === "z" && !inClass) scan.out += "(?![\\s\\S])";
  else if (/[0-9A-Za-z]/.test(next)) return `invalid escape sequence: \`\\${next}\``;
  else if (SYNTAX_CHARACTERS.has(next) || (inClass && next === "-")) scan.out += `\\${next}`;
  else scan.out += next;
  return undefined;
}

function longEscape(text: string): string {
  if (text.startsWith("\\x{")) return `\\u${text.slice(2)}`;
  if (text.startsWith("\\x")) return text;
  if (text.startsWith("\\Q")) {
    return text
      .slice(2)
      .replace(/\\E$/, "")
      .replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&");
  }
  const negated = text.startsWith("\\P") !== text.includes("^");
  const name = text.slice(2).replace(/[{}^]/g, "");
  const property = /^[A-Z][a-z]?$/.test(name) ? name : `Script=${name}`;
  return `\\${negated ? "P" : "p"}{${property}}`;
}

function characterClass(scan: Scan): string | undefined {
  scan.out += "[";
  scan.at++;
  if (scan.text[scan.at] === "^") {
    scan.out += "^";
    scan.at++;
  }
  for (let first = true; ; first = false) {
    const char = scan.text[scan.at];
    if (char === undefined) return `missing closing ]: \`${scan.text}\``;
    if (char === "]" && !first) break;
    const posix = /^\[:(\^?)(\w+):\]/.exec(scan.text.slice(scan.at));
    if (posix !== null) {
      const members = POSIX_CLASSES[posix[2] as string];
      if (members === undefined || posix[1] === "^") return `invalid character class range: \`${posix[0]}\``;
      scan.out += members;
      scan.at += posix[0].length;
    } else if (char === "\\") {
      const fault = escapeSequence(scan, true);
      if (fault !== undefined) return fault;
    } else {
      scan.out += hyphenIsLiteral(scan, first) || char === "[" || char === "]" ? `\\${char}` : char;
      scan.at++;
    }
  }
  scan.out += "]";
  scan.at++;
  return undefined;
}

/** `[a-\d]` and `[\w-.]` are errors with the `u` flag of JavaScript, and a plain hyphen in RE2. */
function hyphenIsLiteral(scan: Scan, first: boolean): boolean {
  if (scan.text[scan.at] !== "-") return false;
  return first || scan.text[scan.at + 1] === "]" || /\\[dDwWsS]$/.test(scan.text.slice(0, scan.at));
}
