/**
 * B: what is big and legitimate has to give way: lists, Tables and deletions of 200,000 objects, many large
 * creates.
 */
import { codesOf, played } from "../answers.ts";
import { ANYS, anyObject, CONFIG_MAPS, configMap, post } from "../any-kind.ts";
import type { Answer, Attacker, Sent } from "../attacker.ts";
import { MANY } from "../ground.ts";
import { type Row, TARGET_MS } from "../row.ts";
import { makeMaps } from "./metadata.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const PATH = `/api/v1/namespaces/${MANY.namespace}/configmaps`;
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

function listRow(id: string, what: string, query: string, more: Partial<Sent> = {}): Row {
  return {
    id: `L-${id}`,
    kind: "list",
    what: `${what}, of 200,000 objects`,
    limitMs: TARGET_MS,
    ground: "many",
    cutOffMs: 60_000,
    play: async (attacker) => {
      const answer = await attacker.send({ path: `${PATH}${query}`, ...more });
      return played(...(answer.code === 200 ? [{ ...answer, size: 0 }] : [answer]));
    },
  };
}

const selector = (text: string) => `?labelSelector=${encodeURIComponent(text)}`;

const lists: readonly Row[] = [
  listRow("label-selector", "the first list with a label selector", selector("seed=7")),
  listRow("label-selector-again", "the second", selector("seed=8")),
  listRow(
    "label-selector-long",
    "a list with a selector of 2,000 values",
    selector(`each notin (${times(1_000, (i) => `v${i}`).join(",")})`),
  ),
  listRow(
    "label-selector-none",
    "a selector that nothing matches, with a limit of 1",
    `${selector("nothing=here")}&limit=1`,
  ),
  listRow("field-selector", "a list with a field selector", "?fieldSelector=metadata.name%21%3Dseed-000001"),
  listRow("whole", "the whole list", ""),
  listRow("rv-0", "the whole list at resourceVersion=0", "?resourceVersion=0"),
  listRow("pretty", "the whole list, indented", "?pretty=true"),
  listRow("table", "a Table", "", { accept: TABLE }),
  listRow("table-objects", "a Table with the objects in it", "?includeObject=Object", { accept: TABLE }),
  listRow("metadata", "only the metadata", "", { accept: METADATA }),
  listRow("yaml", "the whole list as YAML", "", { accept: "application/yaml" }),
  listRow("gzip", "the whole list, compressed", "", { headers: { "accept-encoding": "gzip, br, zstd" } }),
  {
    id: "L-watch-selector",
    kind: "list",
    what: "a watch from resourceVersion=0 with a selector that nothing matches, of 200,000 objects",
    limitMs: TARGET_MS,
    ground: "many",
    play: async (attacker) => {
      const watch = await attacker.neverRead({
        path: `${PATH}${selector("nothing=here")}&watch=true&resourceVersion=0&timeoutSeconds=2`,
      });
      return { answer: String(watch.code) };
    },
  },
  {
    id: "L-old-revision",
    kind: "list",
    what: "a list at an old revision, of 200,000 objects",
    limitMs: TARGET_MS,
    ground: "many",
    cutOffMs: 60_000,
    play: async (attacker) => {
      const { text } = await attacker.send({ path: `${PATH}?limit=1` });
      const revision = Number(
        (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion,
      );
      await attacker.send(post(CONFIG_MAPS, configMap(attacker.name(), {})));
      const answer = await attacker.send({
        path: `${PATH}?resourceVersion=${revision}&resourceVersionMatch=Exact`,
      });
      return { answer: codesOf([answer]) };
    },
  },
  listRow("delete-dry-run", "deletecollection, dry run", `${selector("seed=3")}&dryRun=All`, {
    method: "DELETE",
  }),
  listRow("delete-2000", "deletecollection of 2,000", selector("seed=3"), { method: "DELETE" }),
  {
    id: "L-pages",
    kind: "list",
    what: "all pages of 500 by ten at once, of 200,000 objects",
    limitMs: TARGET_MS,
    ground: "many",
    takesMinutes: true,
    cutOffMs: 120_000,
    play: async (attacker) => {
      const codes = await Promise.all(times(10, () => pages(attacker)));
      return { answer: codesOf(codes.flat()) };
    },
  },
  {
    id: "L-namespace-goes",
    kind: "list",
    what: "a namespace of 200,000 objects is deleted",
    limitMs: TARGET_MS,
    ground: "many",
    takesMinutes: true,
    cutOffMs: 120_000,
    play: async (attacker) => {
      const answers = [
        await attacker.send({ method: "DELETE", path: `/api/v1/namespaces/${MANY.namespace}` }),
      ];
      for (let i = 0; i < 200 && answers.at(-1)?.code !== 404; i++) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        answers.push(await attacker.send({ path: `/api/v1/namespaces/${MANY.namespace}` }));
      }
      return { answer: codesOf(answers) };
    },
  },
];

async function pages(attacker: Attacker): Promise<Answer[]> {
  const answers: Answer[] = [];
  let token = "";
  do {
    const answer = await attacker.send({ path: `${PATH}?limit=500${token}` });
    answers.push(answer);
    const next = /"continue":"([^"]+)"/.exec(answer.text.slice(0, 1_000))?.[1];
    token = next === undefined || answer.code !== 200 ? "" : `&continue=${encodeURIComponent(next)}`;
  } while (token !== "" && !attacker.signal.aborted);
  return answers;
}

const creates: readonly Row[] = [
  {
    id: "L-creates-100-large",
    kind: "list",
    what: "100 creates of 1.8 MB at once",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const answers = await Promise.all(
        times(100, () => attacker.send(post(ANYS, anyObject(attacker.name(), { a: "x".repeat(1_800_000) })))),
      );
      return { answer: codesOf(answers) };
    },
  },
  {
    id: "L-creates-100-keys",
    kind: "list",
    what: "100 creates of 40,000 keys at once",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const spec = Object.fromEntries(times(40_000, (i) => [`k${i}`, i]));
      const answers = await Promise.all(
        times(100, () => attacker.send(post(ANYS, anyObject(attacker.name(), spec)))),
      );
      return { answer: codesOf(answers) };
    },
  },
  {
    id: "L-delete-collection-2000",
    kind: "list",
    what: "2,000 objects deleted at once",
    limitMs: TARGET_MS,
    prepare: async (attacker) => {
      await makeMaps(attacker, 2_000, () => ({ labels: { row: "collection" } }));
    },
    play: async (attacker) =>
      played(
        await attacker.send({ method: "DELETE", path: `${CONFIG_MAPS}?labelSelector=row%3Dcollection` }),
      ),
  },
  {
    id: "L-selectors-odd",
    kind: "list",
    what: "selectors that are long, odd, or wrong",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const texts = [
        "a,".repeat(7_000),
        "(".repeat(10_000),
        "a in (",
        `a in (${"b,".repeat(6_000)})`,
        "!".repeat(10_000),
        "a==b==c",
        "__proto__=x",
        "a in (__proto__)",
        "a>1e308,a<NaN",
        "a notin ()",
        "\u0000",
        `${"x".repeat(300)}=y`,
      ];
      const answers: Answer[] = [];
      for (const text of texts) {
        answers.push(
          await attacker.send({ path: `${CONFIG_MAPS}?labelSelector=${encodeURIComponent(text)}` }),
        );
        answers.push(
          await attacker.send({ path: `${CONFIG_MAPS}?fieldSelector=${encodeURIComponent(text)}` }),
        );
      }
      return played(...answers);
    },
  },
];

export const LIST_ROWS: readonly Row[] = [...creates, ...lists];
