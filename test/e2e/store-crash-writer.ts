/**
 * The process that `store-crash.test.ts` kills: writes to a store as fast as it can and notes what it
 * was answered.
 *
 * Arguments: the store's file, the file for notes, a seed. Each note is one line, written before anything
 * else happens: `ack WRITER NAME REVISION put|delete` for an acknowledged write, `seen REVISION` for a change
 * that its watch showed. A dot on stdout for every 50 notes shows the parent how far it is.
 */
import { openSync, writeSync } from "node:fs";
import { EVERY_KIND, openSqliteStore, type Write } from "../../src/apiserver/store/index.ts";
import { randomBelow, seededRandom } from "../../src/kernel/index.ts";

const WRITERS = 16;
const NAMES = 20;

const [file = "", notesFile = "", seed = "0"] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const store = openSqliteStore(file, { history: { minChanges: 3000, maxChanges: 3000 } });
const notes = openSync(notesFile, "a");
let noted = 0;

function note(line: string): void {
  writeSync(notes, `${line}\n`);
  noted += 1;
  if (noted % 50 === 0) process.stdout.write(".");
}

store.watch(EVERY_KIND, { after: store.revision, onChange: (change) => note(`seen ${change.revision}`) });

/** Each writer has names of its own, so what its next write expects is what its last one got. */
async function write(writer: number): Promise<void> {
  for (;;) {
    const name = `w${writer}-${randomBelow(random, NAMES)}`;
    const address = { kind: `kind-${writer % 3}`, namespace: "default", name };
    const expectedRevision = store.get(address)?.revision ?? 0;
    const deletes = expectedRevision > 0 && random.next() < 0.3;
    const object = {
      apiVersion: "v1",
      kind: "Thing",
      metadata: { name, namespace: "default" },
      text: "x".repeat(randomBelow(random, 3000)),
    };
    const request: Write = deletes
      ? { do: "delete", ...address, expectedRevision }
      : { do: "put", ...address, object, expectedRevision };
    const result = await store.write(request);
    if (!result.ok) throw new Error(`writer ${writer} lost against nobody`);
    note(`ack ${writer} ${name} ${result.value.revision} ${request.do}`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
