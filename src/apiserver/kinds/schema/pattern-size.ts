/**
 * How large a pattern is at the least, before it is compiled: `(a{1000}){1000}` is short to read and long to compile. What is
 * not sure counts as nothing, because the compiled size is checked as well.
 */

const COUNTS = /^\{(\d{1,6})(?:,(\d{0,6}))?\}/;

interface Group {
  size: number;
  /** Of the last piece in it, which a count repeats. */
  last: number;
}

/** Instructions that RE2 makes of it, at the least. Linear in the text. */
export function leastSize(pattern: string): number {
  const open: Group[] = [{ size: 0, last: 0 }];
  for (let i = 0; i < pattern.length; ) {
    const group = open.at(-1) as Group;
    const char = pattern[i] as string;
    const counts = char === "{" ? COUNTS.exec(pattern.slice(i, i + 16)) : null;
    if (counts !== null) {
      const times = Math.max(Number(counts[1]), Number(counts[2] || 0));
      group.size += group.last * (times - 1);
      group.last *= times;
      i += counts[0].length;
    } else if (char === "(") {
      open.push({ size: 0, last: 0 });
      i++;
    } else if (char === ")" && open.length > 1) {
      open.pop();
      addPiece(open.at(-1) as Group, group.size);
      i++;
    } else if (char === "[") {
      addPiece(group, 1);
      i = endOfClass(pattern, i);
    } else if (char === "\\") {
      addPiece(group, 1);
      i = endOfEscape(pattern, i);
    } else {
      addPiece(group, "|^$?*+".includes(char) ? 0 : 1, "?*+".includes(char));
      i++;
    }
  }
  return open.reduce((sum, { size }) => sum + size, 0);
}

/** @param isRepeat it goes with the piece before it. */
function addPiece(group: Group, size: number, isRepeat = false): void {
  group.size += size;
  if (!isRepeat) group.last = size;
}

function endOfClass(pattern: string, start: number): number {
  let i = start + 1;
  if (pattern[i] === "^") i++;
  // A bracket that comes first is one of its letters.
  if (pattern[i] === "]") i++;
  while (i < pattern.length && pattern[i] !== "]") {
    if (pattern[i] === "\\") i++;
    const named = pattern.startsWith("[:", i) ? pattern.indexOf(":]", i) : -1;
    i = named < 0 ? i + 1 : named + 2;
  }
  return i + 1;
}

function endOfEscape(pattern: string, start: number): number {
  const letter = pattern[start + 1] ?? "";
  if (letter === "Q") {
    const end = pattern.indexOf("\\E", start + 2);
    return end < 0 ? pattern.length : end + 2;
  }
  if ("pPx".includes(letter) && pattern[start + 2] === "{") {
    const end = pattern.indexOf("}", start);
    return end < 0 ? pattern.length : end + 1;
  }
  return start + 2;
}
