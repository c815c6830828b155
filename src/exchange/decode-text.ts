/** Bytes of a file as text: whichever encoding a spreadsheet chose, and a sentence for anything that is not text. */
import { err, ok, type Result } from "../kernel/index.ts";

export interface Decoded {
  readonly text: string;
  /** `UTF-8`, `UTF-16`, `Windows-1252`. */
  readonly encoding: string;
}

export type DecodeFailure =
  | { readonly problem: "archive"; readonly what: string; readonly cure: string }
  | { readonly problem: "binary"; readonly line: number }
  | { readonly problem: "half-character"; readonly encoding: string }
  | { readonly problem: "empty" };

const SIGNATURES: readonly {
  readonly bytes: readonly number[];
  readonly what: string;
  readonly cure: string;
}[] = [
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    what: "a ZIP archive or an Excel workbook",
    cure: "save the sheet as CSV",
  },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], what: "an old Excel workbook", cure: "save the sheet as CSV" },
  { bytes: [0x1f, 0x8b], what: "compressed by gzip", cure: "unpack it first" },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: "compressed by zstd", cure: "unpack it first" },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: "a PDF", cure: "export the plan as CSV" },
  {
    bytes: [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65],
    what: "an SQLite database",
    cure: "export the table as CSV",
  },
];

/** Number of bytes by which UTF-16 is distinguished from UTF-8. */
const SAMPLE_BYTES = 4096;

export function decodeText(bytes: Uint8Array): Result<Decoded, DecodeFailure> {
  if (bytes.length === 0) return err({ problem: "empty" });
  const known = SIGNATURES.find((signature) => signature.bytes.every((byte, at) => bytes[at] === byte));
  if (known !== undefined) return err({ problem: "archive", what: known.what, cure: known.cure });
  const wide = wideEncodingOf(bytes);
  if (wide !== undefined) {
    const text = attempt(wide, bytes);
    return text === undefined
      ? err({ problem: "half-character", encoding: "UTF-16" })
      : checked(text, "UTF-16");
  }
  const text = attempt("utf-8", bytes);
  return text === undefined
    ? checked(new TextDecoder("windows-1252").decode(bytes), "Windows-1252")
    : checked(text, "UTF-8");
}

/** The decoder takes a byte order mark off. */
function attempt(encoding: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** By its byte order mark; without one by where the zero bytes are, since addresses are written in ASCII. */
function wideEncodingOf(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const zeros = [0, 0];
  sample.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  const most = sample.length * 0.3;
  if (odd > most && even < odd / 10) return "utf-16le";
  return even > most && odd < even / 10 ? "utf-16be" : undefined;
}

/** Control characters that no text has; a form feed may be in one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NO_TEXT = /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/;

function checked(text: string, encoding: string): Result<Decoded, DecodeFailure> {
  const at = text.search(NO_TEXT);
  if (at >= 0) return err({ problem: "binary", line: lineAt(text, at) });
  return text.trim() === "" ? err({ problem: "empty" }) : ok({ text, encoding });
}

/** The line, counted from 1, in which a character stands. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** One sentence. */
export function describeDecodeFailure(failure: DecodeFailure, file: string): string {
  switch (failure.problem) {
    case "archive":
      return `${file} is ${failure.what}: ${failure.cure}.`;
    case "binary":
      return `${file}:${failure.line} has characters that no text has: name a file of text, such as CSV or JSON.`;
    case "half-character":
      return `${file} is ${failure.encoding} and ends in the middle of a character: export it again.`;
    default:
      return `${file} is empty: export it again, or name another file.`;
  }
}
