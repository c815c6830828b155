/**
 * Sends creates over TLS from a process of its own, so that the server has its processor to itself. Reads its
 * task as JSON from the first argument, and prints what it took as one line of JSON.
 */
import { readFileSync } from "node:fs";
import { Pool } from "undici";
import { sampleSubnet } from "./sample-subnet.ts";

export interface LoadTask {
  readonly url: string;
  readonly caFile: string;
  readonly token: string;
  readonly connections: number;
  readonly count: number;
  /** Names begin with it. */
  readonly prefix: string;
}

export interface LoadFigures {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly refused: number;
}

const task = JSON.parse(process.argv[2] ?? "{}") as LoadTask;
const ca = readFileSync(task.caFile, "utf8");
const pool = new Pool(task.url, {
  connections: task.connections,
  pipelining: 1,
  allowH2: false,
  connect: { ca },
});
const headers = { authorization: `Bearer ${task.token}`, "content-type": "application/json" };

/** Without owners: there are none, and the garbage collector would do what it is for. */
function bodyOf(i: number): string {
  const { apiVersion, kind, spec, metadata } = sampleSubnet(i);
  const { labels } = metadata;
  return JSON.stringify({ apiVersion, kind, metadata: { name: `${task.prefix}-${i}`, labels }, spec });
}

const path = "/apis/plexaubnet.io/v1alpha1/namespaces/default/subnets";
const durations: number[] = [];
let refused = 0;

async function sendAll(first: number, last: number): Promise<void> {
  let next = first;
  const worker = async () => {
    while (next < last) {
      const body = bodyOf(next++);
      const start = performance.now();
      const answer = await pool.request({ method: "POST", path, headers, body });
      await answer.body.dump();
      durations.push(performance.now() - start);
      if (answer.statusCode !== 201) refused += 1;
    }
  };
  await Promise.all(Array.from({ length: task.connections }, worker));
}

// Connections and compiled code first: they are not what is measured.
const warmUp = Math.min(2_000, task.count);
await sendAll(0, warmUp);
durations.length = 0;
const start = performance.now();
await sendAll(warmUp, warmUp + task.count);
const seconds = (performance.now() - start) / 1000;
durations.sort((a, b) => a - b);
const figures: LoadFigures = {
  perSecond: task.count / seconds,
  p99Ms: durations[Math.floor(durations.length * 0.99)] ?? 0,
  refused,
};
console.log(JSON.stringify(figures));
await pool.close();
