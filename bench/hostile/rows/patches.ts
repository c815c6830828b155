/** A5: patches that make much of little, and merges whose time grows faster than their size. */
import { played } from "../answers.ts";
import { ANYS, anyObject, CONFIG_MAPS, configMap, patch, post } from "../any-kind.ts";
import { type Row, TARGET_MS } from "../row.ts";

type How = "json" | "merge" | "strategic" | "apply";

interface PatchRow {
  readonly id: string;
  readonly what: string;
  readonly spec?: () => unknown;
  /** Of a ConfigMap, which is patched instead of an Any. */
  readonly data?: () => unknown;
  readonly metadata?: object;
  readonly how: How;
  readonly patch: () => unknown;
}

function patchRow({ id, what, spec, data, metadata, how, patch: body }: PatchRow): Row {
  let path = "";
  return {
    id: `A5-${id}`,
    kind: "patch",
    what,
    limitMs: TARGET_MS,
    prepare: async (attacker) => {
      const name = attacker.name();
      if (data === undefined) await attacker.prepare(post(ANYS, anyObject(name, spec?.(), metadata)));
      else await attacker.prepare(post(CONFIG_MAPS, configMap(name, data(), metadata)));
      path = `${data === undefined ? ANYS : CONFIG_MAPS}/${name}`;
    },
    play: async (attacker) => played(await attacker.send(patch(path, body() as object, how))),
  };
}

const doubling = (at: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ op: "copy", from: at, path: `${at}/n${i}` }));

const copiesOf = (from: string, to: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ op: "copy", from, path: `${to}${i}` }));

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const small = () => ({ a: { x: "y" } });
/** A list of 1 MB. */
const megabyte = () => ({ a: times(10_000, () => "x".repeat(100)) });

const jsonPatches: readonly PatchRow[] = [
  ...[18, 20, 26, 60].map((count) => ({
    id: `copies-${count}`,
    what: `a JSON patch that doubles ${count} times`,
    spec: small,
    how: "json" as const,
    patch: () => doubling("/spec/a", count),
  })),
  {
    id: "copies-26-data",
    what: "the same on the data of a ConfigMap",
    data: () => ({ x: "y" }),
    how: "json",
    patch: () => doubling("/data", 26),
  },
  {
    id: "copies-26-labels",
    what: "the same on the labels",
    spec: small,
    metadata: { labels: { x: "y" } },
    how: "json",
    patch: () => doubling("/metadata/labels", 26),
  },
  {
    id: "copies-26-root",
    what: "the same on the whole object",
    spec: small,
    how: "json",
    patch: () => copiesOf("", "/spec/n", 26),
  },
  {
    id: "copies-100-of-1mb",
    what: "100 copies of a list of 1 MB",
    spec: megabyte,
    how: "json",
    patch: () => copiesOf("/spec/a", "/spec/n", 100),
  },
  {
    id: "copies-10000-of-1mb",
    what: "10,000 copies of a list of 1 MB",
    spec: megabyte,
    how: "json",
    patch: () => copiesOf("/spec/a", "/spec/n", 10_000),
  },
  {
    id: "copies-over-itself",
    what: "10,000 copies of a list of 1 MB to one place",
    spec: megabyte,
    how: "json",
    patch: () => times(10_000, () => ({ op: "copy", from: "/spec/a", path: "/spec/b" })),
  },
  {
    id: "tests-10000-of-1mb",
    what: "a list of 1 MB read 10,000 times by copies that a test refuses",
    spec: megabyte,
    how: "json",
    patch: () => [
      ...times(9_999, () => ({ op: "copy", from: "/spec/a", path: "/spec/b" })),
      { op: "test", path: "/spec/a", value: 1 },
    ],
  },
  {
    id: "adds-10000-first",
    what: "10,000 elements put at the beginning of a long list",
    spec: megabyte,
    how: "json",
    patch: () => times(10_000, () => ({ op: "add", path: "/spec/a/0", value: 1 })),
  },
  {
    id: "removes-10000-first",
    what: "10,000 elements taken from the beginning of a long list",
    spec: megabyte,
    how: "json",
    patch: () => times(10_000, () => ({ op: "remove", path: "/spec/a/0" })),
  },
  {
    id: "moves-10000",
    what: "a list of 1 MB moved 10,000 times",
    spec: megabyte,
    how: "json",
    patch: () =>
      times(10_000, (i) => ({
        op: "move",
        from: i % 2 === 0 ? "/spec/a" : "/spec/b",
        path: i % 2 === 0 ? "/spec/b" : "/spec/a",
      })),
  },
  {
    id: "operations-40000",
    what: "40,000 operations",
    spec: small,
    how: "json",
    patch: () => times(40_000, () => ({ op: "test", path: "/spec/a/x", value: "y" })),
  },
  {
    id: "proto",
    what: "pointers to __proto__ and constructor",
    spec: small,
    how: "json",
    patch: () => [
      { op: "add", path: "/__proto__", value: { evil: 1 } },
      { op: "add", path: "/spec/constructor", value: { prototype: {} } },
      { op: "copy", from: "/spec/__proto__", path: "/spec/b" },
    ],
  },
  {
    id: "length",
    what: "the length of a list set",
    spec: () => ({ a: [1] }),
    how: "json",
    patch: () => [
      { op: "replace", path: "/spec/a/length", value: 4_000_000_000 },
      { op: "add", path: "/spec/a/4000000000", value: 1 },
    ],
  },
];

/** Owners that there are not: it would be collected while it is patched. */
const HELD = ["hostile.io/held"];

const owners = (count: number, first = 0) =>
  times(count, (i) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    name: `o${first + i}`,
    uid: `u-${first + i}`,
  }));

const merges: readonly PatchRow[] = [
  {
    id: "merge-200000-keys",
    what: "a merge patch of 200,000 keys onto 8,000",
    spec: () => Object.fromEntries(times(8_000, (i) => [`k${i}`, i])),
    how: "merge",
    patch: () => ({ spec: Object.fromEntries(times(200_000, (i) => [`k${i}`, null])) }),
  },
  {
    id: "merge-nulls",
    what: "a merge patch that removes what must be there",
    spec: small,
    how: "merge",
    patch: () => ({ metadata: null, apiVersion: null, kind: null }),
  },
  {
    id: "strategic-owners",
    what: "a strategic merge of 10,000 owners onto as many",
    data: () => ({}),
    metadata: { ownerReferences: owners(10_000), finalizers: HELD },
    how: "strategic",
    patch: () => ({ metadata: { ownerReferences: owners(10_000, 10_000) } }),
  },
  {
    id: "strategic-deletes",
    what: "10,000 `$patch: delete` in a list of as many",
    data: () => ({}),
    metadata: { ownerReferences: owners(10_000), finalizers: HELD },
    how: "strategic",
    patch: () => ({
      metadata: { ownerReferences: owners(10_000).map(({ uid }) => ({ $patch: "delete", uid })) },
    }),
  },
  {
    id: "strategic-order",
    what: "an order of 20,000 elements that is the reverse of what is there",
    data: () => ({}),
    metadata: { ownerReferences: owners(10_000), finalizers: HELD },
    how: "strategic",
    patch: () => ({
      metadata: {
        "$setElementOrder/ownerReferences": owners(20_000)
          .map(({ uid }) => ({ uid }))
          .reverse(),
      },
    }),
  },
  {
    id: "strategic-finalizers",
    what: "a strategic merge of 50,000 finalizers onto as many",
    data: () => ({}),
    metadata: { finalizers: times(20_000, (i) => `a.io/f${i}`) },
    how: "strategic",
    patch: () => ({
      metadata: {
        finalizers: times(50_000, (i) => `b.io/f${i}`),
        "$deleteFromPrimitiveList/finalizers": times(50_000, (i) => `a.io/f${i}`),
      },
    }),
  },
  {
    id: "strategic-odd",
    what: "directives of odd types",
    data: () => ({ a: "b" }),
    how: "strategic",
    patch: () => ({
      $patch: 5,
      $retainKeys: [null, {}],
      "$setElementOrder/data": 7,
      data: { $patch: [] },
      metadata: { ownerReferences: [null, 5, { $patch: "delete" }] },
    }),
  },
];

export const PATCH_ROWS: readonly Row[] = [...jsonPatches, ...merges].map(patchRow);
