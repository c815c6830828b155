/** Server-side apply with more fields, lists and managers than any real object has. */
import { played } from "../answers.ts";
import { ANYS, anyObject, CONFIG_MAPS, configMap, definition, objectOf, pathOf } from "../any-kind.ts";
import type { Answer, Attacker } from "../attacker.ts";
import { defineUnlessRefused } from "../kind-attack.ts";
import { type Row, TARGET_MS } from "../row.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const keys = (count: number, value: unknown) => Object.fromEntries(times(count, (i) => [`k${i}`, value]));
const TYPE = "application/apply-patch+yaml";

function apply(path: string, body: object | string, manager: string, force = false) {
  const query = `?fieldManager=${manager}${force ? "&force=true" : ""}`;
  return { method: "PATCH", path: `${path}${query}`, body, type: TYPE };
}

interface ApplyAttack {
  readonly id: string;
  readonly what: string;
  readonly play: (attacker: Attacker) => Promise<Answer[]>;
}

async function inTurn(
  attacker: Attacker,
  path: string,
  ...steps: readonly (readonly [string, object, boolean?])[]
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [manager, body, force] of steps)
    answers.push(await attacker.send(apply(path, body, manager, force)));
  return answers;
}

const LIST_MAP = {
  type: "object",
  properties: {
    a: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
      items: {
        type: "object",
        required: ["k"],
        properties: { k: { type: "string" }, v: { type: "string" } },
      },
    },
    s: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
  },
};

async function applyLists(
  attacker: Attacker,
  plural: string,
  ...specs: readonly object[]
): Promise<Answer[]> {
  const made = await defineUnlessRefused(attacker, definition(plural, LIST_MAP));
  const name = attacker.name();
  const steps = specs.map((spec, i): [string, object, boolean] => [
    `m${i}`,
    objectOf(plural, name, spec),
    true,
  ]);
  return [made, ...(await inTurn(attacker, `${pathOf(plural)}/${name}`, ...steps))];
}

const attacks: readonly ApplyAttack[] = [
  {
    id: "fields-150000",
    what: "150,000 fields applied, and applied again by another",
    play: (attacker) => {
      const name = attacker.name();
      const object = anyObject(name, keys(150_000, 1));
      return inTurn(attacker, `${ANYS}/${name}`, ["one", object], ["two", object]);
    },
  },
  {
    id: "data-100000",
    what: "a ConfigMap of 100,000 keys applied, and taken back",
    play: (attacker) => {
      const name = attacker.name();
      return inTurn(
        attacker,
        `${CONFIG_MAPS}/${name}`,
        ["one", configMap(name, keys(100_000, "v"))],
        ["one", configMap(name, {})],
      );
    },
  },
  {
    id: "conflicts-100000",
    what: "100,000 conflicts in one answer",
    play: (attacker) => {
      const name = attacker.name();
      const path = `${ANYS}/${name}`;
      return inTurn(
        attacker,
        path,
        ["one", anyObject(name, keys(100_000, 1))],
        ["two", anyObject(name, keys(100_000, 2))],
      );
    },
  },
  {
    id: "managers-conflict",
    what: "2,000 fields, each of another manager, and one who wants them all",
    play: async (attacker) => {
      const name = attacker.name();
      const path = `${ANYS}/${name}`;
      const entry = (i: number) => ({
        manager: `m${i}`,
        operation: "Apply",
        apiVersion: "atk.io/v1",
        time: "2026-01-01T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:spec": { [`f:k${i}`]: {} } },
      });
      const body = anyObject(name, keys(2_000, 1), { managedFields: times(2_000, entry) });
      const made = await attacker.send({ method: "POST", path: ANYS, body });
      return [made, ...(await inTurn(attacker, path, ["all", anyObject(name, keys(2_000, 2))]))];
    },
  },
  {
    id: "list-map-60000",
    what: "a list of 60,000 by key, applied by two in opposite order",
    play: (attacker) =>
      applyLists(
        attacker,
        "applylists",
        { a: times(60_000, (i) => ({ k: `k${i}` })) },
        { a: times(60_000, (i) => ({ k: `k${60_000 - i}` })) },
      ),
  },
  {
    id: "list-map-doubles",
    what: "a list of 100,000 with one key applied",
    play: (attacker) => applyLists(attacker, "applydoubles", { a: times(100_000, () => ({ k: "k" })) }),
  },
  {
    id: "set-200000",
    what: "a set of 200,000 applied by two",
    play: (attacker) =>
      applyLists(
        attacker,
        "applysets",
        { s: times(200_000, (i) => `s${i}`) },
        { s: times(200_000, (i) => `t${i}`) },
      ),
  },
  {
    id: "yaml-30000",
    what: "YAML of 100,000 keys applied",
    play: async (attacker) => {
      const name = attacker.name();
      const spec = times(100_000, (i) => `  k${i}: 1`).join("\n");
      return [
        await attacker.send(
          apply(
            `${ANYS}/${name}`,
            `apiVersion: atk.io/v1\nkind: Any\nmetadata:\n  name: ${name}\nspec:\n${spec}\n`,
            "yaml",
          ),
        ),
      ];
    },
  },
  {
    id: "owned-garbage",
    what: "applying to an object whose managedFields name what is not there",
    play: async (attacker) => {
      const name = attacker.name();
      const fieldsV1 = {
        "f:spec": {
          "f:a": { 'k:{"x":1}': { ".": {} }, "i:5": {}, 'v:{"a":': {} },
          "f:__proto__": { "f:b": {} },
        },
      };
      const managedFields = [
        {
          manager: "one",
          operation: "Apply",
          apiVersion: "atk.io/v1",
          time: "2026-01-01T00:00:00Z",
          fieldsType: "FieldsV1",
          fieldsV1,
        },
      ];
      const made = await attacker.send({
        method: "POST",
        path: ANYS,
        body: anyObject(name, { a: [1] }, { managedFields }),
      });
      return [
        made,
        ...(await inTurn(
          attacker,
          `${ANYS}/${name}`,
          ["one", anyObject(name, {})],
          ["two", anyObject(name, { a: 5 }, {}), true],
        )),
      ];
    },
  },
  {
    id: "odd-forms",
    what: "applying null, a list, no name, another name, and with managedFields",
    play: async (attacker) => {
      const name = attacker.name();
      const path = `${ANYS}/${name}`;
      const bodies: readonly (object | string)[] = [
        "null",
        "[]",
        "a: *b",
        "--- ---",
        anyObject("other", {}),
        { spec: {} },
        anyObject(name, {}, { managedFields: [] }),
        anyObject(name, {}, { managedFields: [{}] }),
        anyObject(name, null),
      ];
      const answers: Answer[] = [];
      for (const body of bodies) answers.push(await attacker.send(apply(path, body, "odd")));
      answers.push(await attacker.send({ method: "PATCH", path, body: anyObject(name, {}), type: TYPE }));
      answers.push(
        await attacker.send({ method: "PATCH", path, body: "{}", type: "application/apply-patch+cbor" }),
      );
      return answers;
    },
  },
];

export const APPLY_ROWS: readonly Row[] = attacks.map(({ id, what, play }) => ({
  id: `P-${id}`,
  kind: "apply",
  what,
  limitMs: TARGET_MS,
  play: async (attacker) => played(...(await play(attacker))),
}));
