/**
 * A hundred watchers in a process of its own. Prints `ready`, then, when its standard input ends, the delays
 * from the commit of a write (as its `spec.cidr` shows, see `watchers.ts`) to the last watcher that got it.
 */
import { readFileSync } from "node:fs";
import { Agent } from "undici";

interface Task {
  readonly url: string;
  readonly caFile: string;
  readonly token: string;
  readonly watchers: number;
  readonly writes: number;
}

const task = JSON.parse(process.argv[2] ?? "{}") as Task;
const ca = readFileSync(task.caFile, "utf8");
const agent = new Agent({ allowH2: false, connect: { ca }, bodyTimeout: 0 });
const headers = { authorization: `Bearer ${task.token}` };
const path =
  "/apis/plexaubnet.io/v1alpha1/subnets?watch=true&resourceVersion=0&sendInitialEvents=false&resourceVersionMatch=NotOlderThan";

/** By object: how many watchers have it, and the time at which the last one got it, in ms since the epoch. */
const seen = new Map<string, number>();
const lastSeenMs = new Map<string, number>();
const NAME = /"name":"(w-\d+)"/;

const clockMs = () => performance.timeOrigin + performance.now();

function read(lines: string): void {
  const now = clockMs();
  for (const line of lines.split("\n")) {
    const name = NAME.exec(line)?.[1];
    if (name === undefined) continue;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    if (count === task.watchers) lastSeenMs.set(name, now);
  }
}

async function follow(): Promise<void> {
  const { body } = await agent.request({ origin: task.url, path, method: "GET", headers });
  let rest = "";
  body.on("data", (chunk: Buffer) => {
    const text = rest + chunk.toString();
    const end = text.lastIndexOf("\n");
    rest = text.slice(end + 1);
    read(text.slice(0, end + 1));
  });
  body.on("error", () => undefined);
}

await Promise.all(Array.from({ length: task.watchers }, follow));
console.log("ready");
process.stdin.on("data", () => undefined);
process.stdin.on("end", () => {
  console.log(JSON.stringify(Object.fromEntries(lastSeenMs)));
  process.exit(0);
});
