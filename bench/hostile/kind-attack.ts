/** Attacks by way of a kind: it is defined, which may be refused, and objects of it are made. */
import { played } from "./answers.ts";
import { CRDS, type Definition, definition, objectOf, pathOf, post } from "./any-kind.ts";
import type { Answer, Attacker } from "./attacker.ts";
import { type Kind, type Row, TARGET_MS } from "./row.ts";

const POLL_MS = 20;
const SERVED_POLLS = 250;

export interface KindAttack {
  readonly id: string;
  readonly what: string;
  readonly kind?: Kind;
  /** Of `spec`. */
  readonly schema: () => object;
  /** Beside the schema, in the version. */
  readonly version?: () => object;
  /** Values of `spec`, an object of each. */
  readonly specs?: () => readonly unknown[];
  /** Read at the end: `accept` of the list. */
  readonly listedAs?: string;
}

/** Lower case, with an s at the end. */
const pluralOf = (id: string) => `${id.replace(/[^a-z0-9]/gi, "").toLowerCase()}s`;

export function kindRow(attack: KindAttack): Row {
  const { id, what, kind = "schema" } = attack;
  const plural = pluralOf(id);
  return {
    id,
    kind,
    what,
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const crd = definition(plural, attack.schema(), attack.version?.());
      const answers = [await defineUnlessRefused(attacker, crd)];
      if (answers[0]?.code === 201) {
        for (const spec of attack.specs?.() ?? []) {
          answers.push(await attacker.send(post(pathOf(plural), objectOf(plural, attacker.name(), spec))));
        }
        if (attack.listedAs !== undefined) {
          answers.push(await attacker.send({ path: pathOf(plural), accept: attack.listedAs }));
        }
      }
      return played(...answers);
    },
  };
}

/** Makes the kind and waits a while until it is served. Returns the answer to its creation. */
export async function defineUnlessRefused(attacker: Attacker, crd: Definition): Promise<Answer> {
  const answer = await attacker.send(post(CRDS, crd));
  if (answer.code !== 201) return answer;
  for (let polls = 0; polls < SERVED_POLLS && !attacker.signal.aborted; polls++) {
    const { code } = await attacker.send({ path: `${pathOf(crd.spec.names.plural)}?limit=1` });
    if (code === 200 || code === 0) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return answer;
}
