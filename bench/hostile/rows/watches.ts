/**
 * A3: watches whose parameters, or whose events, make what writes them fail; each with a write that follows.
 */
import { codesOf, played } from "../answers.ts";
import {
  ANYS,
  ANYTHING,
  anyObject,
  CONFIG_MAPS,
  CRDS,
  configMap,
  defineKind,
  definition,
  objectOf,
  pathOf,
  post,
} from "../any-kind.ts";
import type { Answer, Attacker } from "../attacker.ts";
import { defineUnlessRefused } from "../kind-attack.ts";
import { type Played, type Row, TARGET_MS } from "../row.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";

/** Opens a watch, writes, and returns with which code the watch began. */
async function watchAndWrite(
  attacker: Attacker,
  path: string,
  accept: string,
  write: object,
  to: string,
): Promise<Played> {
  const query = path.includes("resourceVersion=") ? "" : `&resourceVersion=${await newest(attacker)}`;
  const separator = path.includes("?") ? "&" : "?";
  const watch = await attacker.neverRead({ path: `${path}${separator}watch=true${query}`, accept });
  const written = await attacker.send(post(to, write));
  return {
    answer: `${watch.code} ${codesOf([written])}`,
    ...(watch.code >= 500 && { fault: `the watch: ${watch.code}` }),
  };
}

/** The newest revision. */
async function newest(attacker: Attacker): Promise<string> {
  const { text } = await attacker.send({ path: `${CONFIG_MAPS}?limit=1` });
  return (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

function watchRow(id: string, query: string, accept = TABLE): Row {
  return {
    id: `A3-${id}`,
    kind: "watch",
    what: `a watch with ${query.slice(0, 60)}, and a write`,
    limitMs: TARGET_MS,
    play: (attacker) =>
      watchAndWrite(
        attacker,
        `${CONFIG_MAPS}?${query}`,
        accept,
        configMap(attacker.name(), { a: "b" }),
        CONFIG_MAPS,
      ),
  };
}

const parameters: readonly Row[] = [
  watchRow("include-object", "includeObject=bogus"),
  watchRow("include-object-initial", "includeObject=bogus&resourceVersion=0"),
  watchRow(
    "include-object-bookmarks",
    "includeObject=bogus&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
  ),
  watchRow("include-object-many", "includeObject=None&includeObject=Object&includeObject=__proto__"),
  watchRow("timeout-huge", "timeoutSeconds=1e308"),
  watchRow("timeout-negative", "timeoutSeconds=-1"),
  watchRow("timeout-nan", "timeoutSeconds=NaN"),
  watchRow("timeout-2-32", "timeoutSeconds=4294967296"),
  watchRow("version-huge", "resourceVersion=99999999999999999999999999"),
  watchRow("version-negative", "resourceVersion=-1"),
  watchRow("match-bogus", "resourceVersionMatch=Bogus&sendInitialEvents=maybe"),
  watchRow("field-selector", "fieldSelector=metadata.name%21%3D__proto__%2Cmetadata.namespace%3Dconstructor"),
  watchRow("label-selector", "labelSelector=__proto__%2C%21constructor%2Ca%20notin%20(b%2Cc)"),
  watchRow("metadata", "resourceVersion=0", METADATA),
  watchRow("yaml", "resourceVersion=0", "application/yaml"),
  watchRow("yaml-table", "includeObject=Object", "application/yaml;as=Table;v=v1;g=meta.k8s.io"),
];

/** Columns whose cells cannot be distinguished from any value. */
const COLUMNS = [
  ".spec.a[?(@.b>1)].c",
  ".spec..a",
  ".spec.a[-1]",
  ".spec.a[0:100000000:1]",
  ".spec.a['b','c']",
  ".metadata.creationTimestamp",
].map((jsonPath, i) => ({
  name: `c${i}`,
  type: ["string", "date", "integer", "number", "boolean"][i % 5],
  jsonPath,
}));

const VALUES: readonly unknown[] = [
  null,
  "x",
  -1,
  { a: { a: [] } },
  [[null]],
  { b: { toString: 5 } },
  [{ b: 2, c: { valueOf: null } }],
  true,
];

/** A column that the definition is refused for is as good as played. */
const cells: readonly Row[] = COLUMNS.map((column, i) => ({
  id: `A3-table-cells-${i}`,
  kind: "watch",
  what: `a Table watch with the column ${column.jsonPath} over odd values`,
  limitMs: TARGET_MS,
  play: async (attacker) => {
    const plural = `cells${i}s`;
    const path = pathOf(plural);
    const crd = definition(plural, ANYTHING, { additionalPrinterColumns: [column] });
    const answers = [await defineUnlessRefused(attacker, crd)];
    if (answers[0]?.code !== 201) return played(...answers);
    await attacker.neverRead({ path: `${path}?watch=true`, accept: TABLE });
    for (const a of VALUES) {
      answers.push(await attacker.send(post(path, objectOf(plural, attacker.name(), { a }))));
    }
    answers.push(await attacker.send({ path, accept: TABLE }));
    return played(...answers);
  },
}));

const kindGoes: Row = {
  id: "A3-kind-goes",
  kind: "watch",
  what: "the kind that is watched as a Table is changed, and removed, under its watchers",
  limitMs: TARGET_MS,
  prepare: (attacker) => defineKind(attacker, definition("goers", ANYTHING)),
  play: async (attacker) => {
    const path = pathOf("goers");
    const answers: Answer[] = [];
    await attacker.send(post(path, objectOf("goers", attacker.name(), { a: 1 })));
    for (const accept of [TABLE, METADATA, "application/json"]) {
      await attacker.neverRead({ path: `${path}?watch=true&resourceVersion=0`, accept });
    }
    const columns = [{ name: "A", type: "date", jsonPath: ".spec.a" }];
    const { versions } = definition("goers", ANYTHING, { additionalPrinterColumns: columns }).spec;
    const body = { spec: { versions } };
    const type = "application/merge-patch+json";
    answers.push(await attacker.send({ method: "PATCH", path: `${CRDS}/goers.atk.io`, body, type }));
    answers.push(await attacker.send(post(path, objectOf("goers", attacker.name(), { a: { b: 1 } }))));
    answers.push(await attacker.send({ method: "DELETE", path: `${CRDS}/goers.atk.io` }));
    answers.push(await attacker.send(post(path, objectOf("goers", attacker.name(), {}))));
    return { answer: codesOf(answers) };
  },
};

const selectors: Row = {
  id: "A3-500-selectors",
  kind: "watch",
  what: "500 watches, each with another selector, and 200 writes",
  limitMs: TARGET_MS,
  takesMinutes: true,
  play: async (attacker) => {
    const opened = await Promise.all(
      Array.from({ length: 500 }, (_, i) => {
        const selector = encodeURIComponent(
          `a in (${Array.from({ length: 200 }, (_, n) => `v${i}-${n}`).join(",")}),!b${i}`,
        );
        return attacker.neverRead({ path: `${ANYS}?watch=true&labelSelector=${selector}` });
      }),
    );
    const answers: Answer[] = [];
    for (let i = 0; i < 200; i++) {
      answers.push(
        await attacker.send(post(ANYS, anyObject(attacker.name(), {}, { labels: { a: `v${i}-1` } }))),
      );
    }
    return { answer: `${codesOf(answers)}; ${opened.filter(({ code }) => code === 200).length} watches` };
  },
};

const replays: Row = {
  id: "A3-200-replays",
  kind: "watch",
  what: "200 Table watches at once from an old revision, through the history of 2,000 changes",
  limitMs: TARGET_MS,
  takesMinutes: true,
  play: async (attacker) => {
    const first = await attacker.send(post(CONFIG_MAPS, configMap(attacker.name(), { a: "b" })));
    const { metadata } = JSON.parse(first.text) as { metadata: { resourceVersion: string; name: string } };
    const path = `${CONFIG_MAPS}/${metadata.name}`;
    for (let i = 0; i < 2_000; i += 20) {
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          attacker.send({
            method: "PATCH",
            path,
            body: { data: { a: `${i + n}`.padEnd(2_000) } },
            type: "application/merge-patch+json",
          }),
        ),
      );
    }
    const watch = {
      path: `${CONFIG_MAPS}?watch=true&resourceVersion=${metadata.resourceVersion}`,
      accept: TABLE,
    };
    const opened = await Promise.all(Array.from({ length: 200 }, () => attacker.neverRead(watch)));
    return { answer: `200×${opened.filter(({ code }) => code === 200).length}` };
  },
};

export const WATCH_ROWS: readonly Row[] = [...parameters, ...cells, kindGoes, selectors, replays];
