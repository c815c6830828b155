/** A list of blocks, one a line, with a name and a remark behind it: `10.0.0.0/24 web-1 first floor  # ours`. */
import { type Fault, MOST_ROWS, type Reading, type Row, UnreadableSource } from "../row.ts";
import { given } from "./json-source.ts";

const LINE =
  /^(?<block>[0-9a-f:.]+\/[0-9.]+|[0-9a-f:.]+ *[-–] *[0-9a-f:.]+|[0-9.]+ +255(?:\.[0-9]+){3}|\S+)(?:[\s,;]+(?<name>\S+)(?:\s+(?<rest>.*))?)?$/i;

const MOST_LINE = 4096;

/** @throws UnreadableSource of more lines than a plan has. */
export function readPlainList(text: string, file: string): Reading {
  const rows: Row[] = [];
  const faults: Fault[] = [];
  for (const [at, whole] of text.split(/\r\n?|\n/).entries()) {
    const [before = "", remark] = whole.split(/(?:^|\s)#\s*/, 2);
    const line = before.trim();
    if (line === "") continue;
    if (line.length > MOST_LINE) {
      const message = `the line has ${line.length} characters, and at most ${MOST_LINE} are taken`;
      faults.push({ kind: "too-long", origin: { file, line: at + 1 }, message, cure: "shorten it" });
      continue;
    }
    const { block = line, name, rest } = LINE.exec(line)?.groups ?? {};
    const description = [rest, remark].filter((part) => part !== undefined && part !== "").join(" ");
    rows.push({
      origin: { file, line: at + 1 },
      block,
      ...given({ name, description: description || undefined }),
    });
    if (rows.length > MOST_ROWS)
      throw new UnreadableSource(`${file} has more than ${MOST_ROWS} rows: split it.`);
  }
  if (rows.length + faults.length === 0)
    throw new UnreadableSource(`${file} has no block: name another file.`);
  return { format: "a plain list", rows, faults, notes: [] };
}
