/**
 * Our cache and the informer of `@kubernetes/client-node`, in turn: 100,000 Subnets listed and held, then
 * changes followed, from the same TLS server. Each run has a server and a process of its own.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { beginStage } from "../../src/cli/restore/stages.ts";
import { type BenchReport, median, ratioTarget } from "../report.ts";
import type { Followed, Listed } from "./informer-process.ts";

const WHO = ["plexaubnet", "client-node"] as const;
const ROUNDS = 3;
const EVENTS = 20_000;

type Round = Listed & { readonly eventsPerSecond: number; readonly cpuMicrosEach: number };

/** Rejects when the process ends instead. */
async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const stop = new AbortController();
  const ended = once(child, "exit", { signal: stop.signal }).then(([code]) => {
    throw new Error(`the process ended with ${code}`);
  });
  const message = once(child, "message", { signal: stop.signal }).then(([text]) => text as T);
  try {
    return await Promise.race([message, ended]);
  } finally {
    stop.abort();
    await Promise.allSettled([message, ended]);
  }
}

async function runRound(who: string): Promise<Round> {
  const server = fork(new URL("../runtime/subnet-server.ts", import.meta.url));
  const { port, ca } = await nextMessage<{ port: number; ca: string }>(server);
  const program = new URL("./informer-process.ts", import.meta.url);
  const flags = ["--expose-gc", "--max-old-space-size=6144"];
  const child = fork(program, [who, String(port), ca], { execArgv: [...process.execArgv, ...flags] });
  try {
    const listed = await nextMessage<Listed>(child);
    child.send(EVENTS);
    await nextMessage(child);
    const following = nextMessage<Followed>(child);
    server.send({ do: "stream", events: EVENTS });
    const { seconds, cpuMicrosEach } = await following;
    return { ...listed, eventsPerSecond: EVENTS / seconds, cpuMicrosEach };
  } finally {
    child.disconnect();
    server.disconnect();
  }
}

export async function measureInformers(): Promise<Pick<BenchReport, "figures" | "targets">> {
  const rounds = new Map<string, Round[]>(WHO.map((who) => [who, []]));
  const stage = beginStage("informers: runs measured:", ROUNDS * WHO.length);
  for (let done = 0; done < ROUNDS * WHO.length; ) {
    for (const who of WHO) {
      rounds.get(who)?.push(await runRound(who));
      stage.reached(++done);
    }
  }
  stage.end();
  const [us, them] = WHO.map((who) => rounds.get(who) ?? []) as [Round[], Round[]];
  const of = (all: readonly Round[], what: keyof Round) => median(all.map((round) => round[what]));
  const times = (what: keyof Round) =>
    median(us.map((round, at) => (them[at]?.[what] ?? Number.NaN) / round[what]));
  const figures = WHO.flatMap((who) => {
    const all = rounds.get(who) ?? [];
    return [
      [`informer.list.${who}`, { value: of(all, "seconds"), unit: "s until 100,000 Subnets are held" }],
      [`informer.memory.${who}`, { value: of(all, "bytesEach"), unit: "bytes a Subnet" }],
      [`informer.events.${who}`, { value: of(all, "eventsPerSecond"), unit: "changes/s followed" }],
      [`informer.cpu.${who}`, { value: of(all, "cpuMicrosEach"), unit: "µs CPU a change" }],
    ] as const;
  });
  return {
    figures: Object.fromEntries(figures),
    targets: [
      ratioTarget("informer: seconds to list, client-node : ours", times("seconds"), ">=", 1),
      ratioTarget("informer: bytes a Subnet, client-node : ours", times("bytesEach"), ">=", 2),
      // It keeps what was parsed; ours is frozen and keeps equal parts once, which costs as much and halves
      // the memory.
      ratioTarget("informer: CPU a change, client-node : ours", times("cpuMicrosEach"), ">=", 0.5),
    ],
  };
}
