/**
 * What the server does on its own afterwards: collects, cascades, finishes; and writes that get in each
 * other's way.
 */
import { codesOf, played } from "../answers.ts";
import {
  ANYS,
  ANYTHING,
  anyObject,
  CONFIG_MAPS,
  CRDS,
  configMap,
  definition,
  objectOf,
  pathOf,
  post,
} from "../any-kind.ts";
import type { Answer } from "../attacker.ts";
import { defineUnlessRefused } from "../kind-attack.ts";
import { type Row, TARGET_MS } from "../row.ts";
import { makeMaps } from "./metadata.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const MERGE = "application/merge-patch+json";
const uidOf = ({ text }: Answer) => (JSON.parse(text) as { metadata: { uid: string } }).metadata.uid;
const owner = (name: string, uid: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name,
  uid,
  ...more,
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** For what goes on in the background. */
const AFTERMATH_MS = 3_000;

export const RELATION_ROWS: readonly Row[] = [
  {
    id: "R-children-3000",
    kind: "objects",
    what: "an owner of 3,000 objects goes, and they after it",
    limitMs: TARGET_MS,
    cutOffMs: 60_000,
    play: async (attacker) => {
      const name = attacker.name();
      const uid = uidOf(await attacker.prepare(post(CONFIG_MAPS, configMap(name, {}))));
      await makeMaps(attacker, 3_000, () => ({ ownerReferences: [owner(name, uid)] }));
      const answer = await attacker.send({
        method: "DELETE",
        path: `${CONFIG_MAPS}/${name}?propagationPolicy=Background`,
      });
      await pause(AFTERMATH_MS);
      return played(answer);
    },
  },
  {
    id: "R-foreground-1000",
    kind: "objects",
    what: "an owner of 1,000 objects that block it is deleted in the foreground",
    limitMs: TARGET_MS,
    cutOffMs: 60_000,
    play: async (attacker) => {
      const name = attacker.name();
      const uid = uidOf(await attacker.prepare(post(CONFIG_MAPS, configMap(name, {}))));
      await makeMaps(attacker, 1_000, () => ({
        ownerReferences: [owner(name, uid, { blockOwnerDeletion: true, controller: true })],
      }));
      const answer = await attacker.send({
        method: "DELETE",
        path: `${CONFIG_MAPS}/${name}?propagationPolicy=Foreground`,
      });
      await pause(AFTERMATH_MS);
      return played(answer);
    },
  },
  {
    id: "R-chain-500",
    kind: "objects",
    what: "a chain of 500 owners whose first is deleted",
    limitMs: TARGET_MS,
    cutOffMs: 60_000,
    play: async (attacker) => {
      const first = attacker.name();
      let before = {
        name: first,
        uid: uidOf(await attacker.prepare(post(CONFIG_MAPS, configMap(first, {})))),
      };
      for (let i = 0; i < 500; i++) {
        const name = attacker.name();
        const metadata = { ownerReferences: [owner(before.name, before.uid)] };
        before = {
          name,
          uid: uidOf(await attacker.prepare(post(CONFIG_MAPS, configMap(name, {}, metadata)))),
        };
      }
      const answer = await attacker.send({ method: "DELETE", path: `${CONFIG_MAPS}/${first}` });
      await pause(AFTERMATH_MS);
      return played(answer);
    },
  },
  {
    id: "R-circle",
    kind: "objects",
    what: "two that own each other, one that owns itself, and owners that there never were",
    limitMs: TARGET_MS,
    cutOffMs: 30_000,
    play: async (attacker) => {
      const [one, two] = [attacker.name(), attacker.name()];
      const first = uidOf(await attacker.prepare(post(CONFIG_MAPS, configMap(one, {}))));
      const second = uidOf(
        await attacker.prepare(
          post(CONFIG_MAPS, configMap(two, {}, { ownerReferences: [owner(one, first)] })),
        ),
      );
      const own = (to: string, ...ownerReferences: object[]) => ({
        method: "PATCH",
        path: `${CONFIG_MAPS}/${to}`,
        body: { metadata: { ownerReferences } },
        type: MERGE,
      });
      const answers = [
        await attacker.send(own(one, owner(two, second, { blockOwnerDeletion: true }), owner(one, first))),
        await attacker.send(
          post(
            CONFIG_MAPS,
            configMap(
              attacker.name(),
              {},
              { ownerReferences: times(3_000, (i) => owner(`none-${i}`, `u-${i}`)) },
            ),
          ),
        ),
        await attacker.send({ method: "DELETE", path: `${CONFIG_MAPS}/${one}?propagationPolicy=Foreground` }),
      ];
      await pause(AFTERMATH_MS);
      return { answer: codesOf(answers) };
    },
  },
  {
    id: "R-kind-of-3000-goes",
    kind: "objects",
    what: "a kind of 3,000 objects is removed",
    limitMs: TARGET_MS,
    cutOffMs: 60_000,
    play: async (attacker) => {
      await defineUnlessRefused(attacker, definition("removeds", ANYTHING));
      const path = pathOf("removeds");
      for (let i = 0; i < 3_000; i += 50) {
        await Promise.all(
          times(50, () => attacker.send(post(path, objectOf("removeds", attacker.name(), { a: 1 })))),
        );
      }
      const answer = await attacker.send({ method: "DELETE", path: `${CRDS}/removeds.atk.io` });
      await pause(AFTERMATH_MS);
      return played(answer);
    },
  },
  {
    id: "R-one-object-200-writers",
    kind: "objects",
    what: "200 writers of one object at once, ten times",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const name = attacker.name();
      await attacker.send(post(ANYS, anyObject(name, { a: 1 })));
      const answers: Answer[] = [];
      for (let i = 0; i < 10; i++) {
        const write = (n: number) =>
          attacker.send({
            method: "PATCH",
            path: `${ANYS}/${name}`,
            body: { spec: { [`k${n}`]: i } },
            type: MERGE,
          });
        answers.push(...(await Promise.all(times(200, write))));
      }
      return { answer: codesOf(answers) };
    },
  },
  {
    id: "R-large-object-100-writers",
    kind: "objects",
    what: "100 patches of one field of an object of 90,000 numbers, at once",
    limitMs: TARGET_MS,
    cutOffMs: 60_000,
    play: async (attacker) => {
      const name = attacker.name();
      await attacker.send(post(ANYS, anyObject(name, { a: times(90_000, (i) => i) })));
      const write = (n: number) =>
        attacker.send({ method: "PATCH", path: `${ANYS}/${name}`, body: { spec: { n } }, type: MERGE });
      return { answer: codesOf(await Promise.all(times(100, write))) };
    },
  },
  {
    id: "R-small-object-read-often",
    kind: "objects",
    what: "an object of 90,000 numbers read 20 times in each form",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const name = attacker.name();
      await attacker.send(post(ANYS, anyObject(name, { a: times(90_000, (i) => i) })));
      const forms = [
        "application/json",
        "application/yaml",
        "application/json;as=Table;v=v1;g=meta.k8s.io",
        "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
      ];
      const answers: Answer[] = [];
      for (const accept of forms) {
        answers.push(
          ...(await Promise.all(times(20, () => attacker.send({ path: `${ANYS}/${name}`, accept })))),
        );
      }
      return { answer: codesOf(answers) };
    },
  },
  {
    id: "R-dry-runs",
    kind: "objects",
    what: "dry runs of 2 MB, created, patched and applied",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const spec = Object.fromEntries(times(80_000, (i) => [`k${i}`, i]));
      const name = attacker.name();
      const path = `${ANYS}/${name}?dryRun=All&fieldManager=dry`;
      return played(
        await attacker.send(post(`${ANYS}?dryRun=All`, anyObject(name, spec))),
        await attacker.send({
          method: "PATCH",
          path: `${path}&force=true`,
          body: anyObject(name, spec),
          type: "application/apply-patch+yaml",
        }),
      );
    },
  },
];
