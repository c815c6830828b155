/** C: memory that grows with what no client reads, with history, and with what is many. */
import { codesOf } from "../answers.ts";
import { ANYS, anyObject, CONFIG_MAPS, configMap, post } from "../any-kind.ts";
import type { Answer, Attacker } from "../attacker.ts";
import { BIG } from "../ground.ts";
import { type Played, type Row, TARGET_MS } from "../row.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const PATH = `/api/v1/namespaces/${BIG.namespace}/configmaps`;
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
/** As long as no client reads, to see whether they are cut. */
const PATIENCE_MS = 15_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function manyThatNeverRead(
  attacker: Attacker,
  count: number,
  path: string,
  accept?: string,
): Promise<Played> {
  const sent = { path, ...(accept !== undefined && { accept }) };
  const opened = await Promise.all(times(count, () => attacker.neverRead(sent)));
  const codes = codesOf(opened.map(({ code }) => ({ code, text: "", size: 0, headers: {} })));
  await pause(PATIENCE_MS);
  const cut = opened.filter(({ isCut }) => isCut()).length;
  return { answer: `${codes}; ${cut} cut` };
}

function neverReadRow(id: string, what: string, count: number, query: string, accept?: string): Row {
  return {
    id: `C-${id}`,
    kind: "memory",
    what: `${what}, of a collection of 90 MB`,
    limitMs: TARGET_MS,
    ground: "big",
    cutOffMs: 60_000,
    play: (attacker) => manyThatNeverRead(attacker, count, `${PATH}${query}`, accept),
  };
}

const WATCH = "?watch=true&resourceVersion=0";

const unread: readonly Row[] = [
  neverReadRow("1-watchers-40", "40 watches with resourceVersion=0 that never read", 40, WATCH),
  neverReadRow(
    "1-watchers-bookmark",
    "40 watches with sendInitialEvents that never read",
    40,
    "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan",
  ),
  neverReadRow(
    "1-watchers-table",
    "40 Table watches with objects in them that never read",
    40,
    `${WATCH}&includeObject=Object`,
    TABLE,
  ),
  neverReadRow("1-watchers-yaml", "40 watches in YAML that never read", 40, WATCH, "application/yaml"),
  neverReadRow("2-lists-200", "200 lists that never read", 200, ""),
  neverReadRow("2-lists-limit", "200 lists with a limit of 50 that never read", 200, "?limit=50"),
  neverReadRow("2-lists-selector", "200 lists with a selector that never read", 200, "?labelSelector=seed"),
  neverReadRow("2-lists-yaml", "20 lists in YAML that never read", 20, "", "application/yaml"),
  neverReadRow(
    "2-tables",
    "100 Tables with objects in them that never read",
    100,
    "?includeObject=Object",
    TABLE,
  ),
  neverReadRow("2-gets", "300 reads of an object of 0.9 MB that never read", 300, "/seed-000001"),
];

const history: readonly Row[] = [
  {
    id: "C-3-updates-501",
    kind: "memory",
    what: "501 updates of a ConfigMap of 1 MB, in a heap of 600 MB",
    limitMs: TARGET_MS,
    ground: "small-heap",
    cutOffMs: 180_000,
    takesMinutes: true,
    play: (attacker) => updates(attacker, 501, 1_000_000),
  },
  {
    id: "C-3-updates-120",
    kind: "memory",
    what: "120 updates of an object of 2.9 MB",
    limitMs: TARGET_MS,
    cutOffMs: 120_000,
    play: (attacker) => updates(attacker, 120, 2_900_000),
  },
  {
    id: "C-3-updates-watched",
    kind: "memory",
    what: "60 updates of an object of 2.9 MB beside 50 watches that never read",
    limitMs: TARGET_MS,
    cutOffMs: 120_000,
    play: async (attacker) => {
      const opened = await Promise.all(times(50, () => attacker.neverRead({ path: `${ANYS}?watch=true` })));
      const { answer } = await updates(attacker, 60, 2_900_000);
      return { answer: `${answer}; ${opened.filter(({ isCut }) => isCut()).length} cut` };
    },
  },
  {
    id: "C-3-events-10000",
    kind: "memory",
    what: "10,000 Events with messages of 10 KB",
    limitMs: TARGET_MS,
    cutOffMs: 120_000,
    takesMinutes: true,
    play: async (attacker) => {
      const path = "/api/v1/namespaces/default/events";
      const event = (i: number) => ({
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: `e-${i}` },
        involvedObject: {},
        reason: "R",
        message: "m".repeat(10_000),
        type: "Normal",
      });
      const answers: Answer[] = [];
      for (let i = 0; i < 10_000; i += 50) {
        answers.push(...(await Promise.all(times(50, (n) => attacker.send(post(path, event(i + n)))))));
      }
      return { answer: codesOf(answers) };
    },
  },
  {
    id: "C-4-700mb",
    kind: "memory",
    what: "700 MB of ConfigMaps, a watch with resourceVersion=0 and a list of them, in a heap of 600 MB",
    limitMs: TARGET_MS,
    ground: "small-heap",
    cutOffMs: 600_000,
    isHuge: true,
    takesMinutes: true,
    play: async (attacker) => {
      const answers: Answer[] = [];
      for (let i = 0; i < 778; i += 4) {
        const made = times(4, () =>
          attacker.send(post(CONFIG_MAPS, configMap(attacker.name(), { a: "x".repeat(900_000) }))),
        );
        answers.push(...(await Promise.all(made)));
      }
      const watch = await attacker.neverRead({ path: `${CONFIG_MAPS}${WATCH}` });
      const list = await attacker.send({ path: CONFIG_MAPS });
      return { answer: `${codesOf(answers)}; ${watch.code} ${codesOf([list])}` };
    },
  },
];

async function updates(attacker: Attacker, count: number, bytes: number): Promise<Played> {
  const name = attacker.name();
  const answers = [await attacker.send(post(ANYS, anyObject(name, { a: "" })))];
  for (let i = 0; i < count; i++) {
    const a = String(i).padEnd(bytes, "x");
    const body = { spec: { a } };
    answers.push(
      await attacker.send({
        method: "PATCH",
        path: `${ANYS}/${name}`,
        body,
        type: "application/merge-patch+json",
      }),
    );
    if (answers.at(-1)?.code === 0) break;
  }
  const cut = answers.find(({ code }) => code === 0);
  return { answer: codesOf(answers), ...(cut !== undefined && { fault: `no answer: ${cut.error}` }) };
}

const labels: readonly Row[] = [
  {
    id: "C-5-metric-labels",
    kind: "memory",
    what: "20,000 paths, kinds, methods and agents that there are not, and the metrics afterwards",
    limitMs: TARGET_MS,
    cutOffMs: 60_000,
    play: async (attacker) => {
      const answers: Answer[] = [];
      for (let i = 0; i < 5_000; i += 50) {
        const each = (n: number) => [
          attacker.send({ path: `/apis/g${n}.io/v1/kinds${n}` }),
          attacker.send({ path: `/x/y/${n}` }),
          attacker.send({
            path: `/api/v1/namespaces/n${n}/configmaps/x`,
            headers: { "user-agent": `agent-${n}` },
          }),
          attacker.send({
            method: ["PROPFIND", "PURGE", "MOVE", "LOCK"][n % 4] ?? "PURGE",
            path: `${CONFIG_MAPS}/${n}`,
          }),
        ];
        answers.push(...(await Promise.all(times(50, (n) => each(i + n)).flat())));
      }
      const metrics = await attacker.send({ path: "/metrics" });
      const fault = metrics.size > 1_000_000 ? { fault: `metrics of ${metrics.size} bytes` } : {};
      return { answer: codesOf(answers), ...fault };
    },
  },
];

export const MEMORY_ROWS: readonly Row[] = [...labels, ...history, ...unread];
