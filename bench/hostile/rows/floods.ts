/** Many requests of one client, and whether another still gets its turn. */
import { codesOf } from "../answers.ts";
import { ANYS, anyObject, CONFIG_MAPS, configMap, post } from "../any-kind.ts";
import type { Answer, Attacker, Sent } from "../attacker.ts";
import { type Row, TARGET_MS } from "../row.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));

/** The reader's median under a flood must stay below this many times its median without. */
const FAIR = 2;
const FLOOD_MS = 6_000;

function floodRow(id: string, what: string, connections: number, sent: (attacker: Attacker) => Sent): Row {
  return {
    id: `F-${id}`,
    kind: "fairness",
    what: `${what}, again and again over ${connections} connections`,
    limitMs: TARGET_MS,
    cutOffMs: 30_000,
    fairness: FAIR,
    play: async (attacker) => {
      const end = performance.now() + FLOOD_MS;
      const answers: Answer[] = [];
      const loop = async () => {
        while (performance.now() < end && !attacker.signal.aborted)
          answers.push(await attacker.send(sent(attacker)));
      };
      await Promise.all(times(connections, loop));
      return { answer: codesOf(answers) };
    },
  };
}

export const FLOOD_ROWS: readonly Row[] = [
  floodRow("lists", "a small list", 64, () => ({ path: "/api/v1/namespaces/default/serviceaccounts" })),
  floodRow("lists-500", "a small list", 500, () => ({ path: "/api/v1/namespaces/default/serviceaccounts" })),
  floodRow("creates", "a small object", 64, (attacker) => post(ANYS, anyObject(attacker.name(), { a: 1 }))),
  floodRow("refused", "a token that there is not", 64, () => ({ path: "/api", token: "x".repeat(43) })),
  floodRow("signatures", "a token that is signed, by nobody", 64, (attacker) => ({
    path: "/api",
    token: forged(attacker.target.attackerToken),
  })),
  floodRow("discovery", "the OpenAPI document", 16, () => ({ path: "/openapi/v2" })),
  floodRow("bodies-1mb", "a body of 1 MB that is refused", 16, () =>
    post(ANYS, `{"apiVersion":"atk.io/v1","kind":"Any","a":[${"1,".repeat(500_000)}1]}`),
  ),
  floodRow("config-map-100kb", "an object of 100 KB", 32, (attacker) =>
    post(CONFIG_MAPS, configMap(attacker.name(), { a: "x".repeat(100_000) })),
  ),
];

/** With a signature that is as long, and wrong. */
function forged(token: string): string {
  const [head = "", body = "", signature = ""] = token.split(".");
  return [head, body, [...signature].reverse().join("")].join(".");
}
