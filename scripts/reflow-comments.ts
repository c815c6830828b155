/** `node scripts/reflow-comments.ts FOLDER…` fills the comments again that are wider than the code may be. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, sourceFiles } from "../test/house/sources.ts";
import { reflowed, wideComments } from "./comment-lines.ts";

for (const { path, text } of process.argv.slice(2).flatMap(sourceFiles)) {
  if (wideComments(text).length === 0) continue;
  const fresh = reflowed(text);
  writeFileSync(join(ROOT, path), fresh);
  console.log(`${path}${wideComments(fresh).length === 0 ? "" : ": by hand"}`);
}
