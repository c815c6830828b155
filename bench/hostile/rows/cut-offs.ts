/**
 * E: clients who do nothing wrong, and must not be cut off, while answers are large and the server is busy.
 */
import { codesOf } from "../answers.ts";
import { ANYS, anyObject, CONFIG_MAPS, configMap, post } from "../any-kind.ts";
import type { Answer, Attacker } from "../attacker.ts";
import { type Played, type Row, TARGET_MS } from "../row.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const LARGE = "x".repeat(900_000);

/** Of those whose answers must all come. */
function innocents(answers: readonly Answer[]): Played {
  const cut = answers.filter(({ code }) => code === 0).length;
  return {
    answer: codesOf(answers),
    ...(cut > 0 && { fault: `${cut} of ${answers.length} innocents cut off` }),
  };
}

/** A watch that reads, but late and little at a time. */
async function watchSlowly(attacker: Attacker, path: string): Promise<void> {
  const socket = await attacker.open();
  socket.on("error", () => undefined);
  const { attackerToken: token } = attacker.target;
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  const timer = setInterval(() => {
    socket.resume();
    setTimeout(() => socket.pause(), 5);
  }, 200);
  socket.pause();
  attacker.defer(() => clearInterval(timer));
}

/** Puts in a loop over one kept connection each. */
async function putAgainAndAgain(attacker: Attacker, loops: number, count: number): Promise<Answer[]> {
  const loop = async () => {
    const name = attacker.name();
    const answers = [await attacker.send(post(CONFIG_MAPS, configMap(name, { a: LARGE })))];
    for (let i = 1; i < count; i++) {
      const body = configMap(name, { a: LARGE, i: String(i) });
      answers.push(await attacker.send({ method: "PUT", path: `${CONFIG_MAPS}/${name}`, body }));
    }
    return answers;
  };
  return (await Promise.all(times(loops, loop))).flat();
}

/** Sends `count` requests on one connection at once. Returns how many answers came. */
async function pipelined(attacker: Attacker, count: number, request: string, forMs: number): Promise<number> {
  const { attackerToken: token } = attacker.target;
  const text = `${request} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`.repeat(count);
  const came = await attacker.raw(text, forMs);
  return came.split("HTTP/1.1 ").length - 1;
}

function pipelineRow(id: string, count: number, request: string): Row {
  return {
    id: `E-pipeline-${id}`,
    kind: "cut-off",
    what: `${count} times ${request} on one connection at once`,
    limitMs: TARGET_MS,
    cutOffMs: 30_000,
    prepare: async (attacker) => {
      await attacker.prepare(post(CONFIG_MAPS, configMap("pipelined", { a: LARGE })));
    },
    play: async (attacker) => {
      const came = await pipelined(attacker, count, request, 6_000);
      return {
        answer: `${came} of ${count}`,
        ...(came < count && { fault: `${count - came} without an answer` }),
      };
    },
  };
}

export const CUT_OFF_ROWS: readonly Row[] = [
  {
    id: "E-put-beside-watchers",
    kind: "cut-off",
    what: "60 PUTs of 0.9 MB in two loops beside 100 slow watchers",
    limitMs: 500,
    cutOffMs: 90_000,
    play: async (attacker) => {
      await Promise.all(times(100, () => watchSlowly(attacker, `${CONFIG_MAPS}?watch=true`)));
      return innocents(await putAgainAndAgain(attacker, 2, 30));
    },
  },
  {
    id: "E-put-alone",
    kind: "cut-off",
    what: "100 PUTs of 0.9 MB in ten loops",
    limitMs: 500,
    cutOffMs: 60_000,
    play: async (attacker) => innocents(await putAgainAndAgain(attacker, 10, 10)),
  },
  {
    id: "E-get-beside-busy",
    kind: "cut-off",
    what: "200 reads of 0.9 MB over ten kept connections, while others write 2 MB each",
    limitMs: 500,
    cutOffMs: 60_000,
    play: async (attacker) => {
      const name = attacker.name();
      await attacker.send(post(CONFIG_MAPS, configMap(name, { a: LARGE })));
      const read = async () => {
        const answers: Answer[] = [];
        for (let i = 0; i < 20; i++) answers.push(await attacker.send({ path: `${CONFIG_MAPS}/${name}` }));
        return answers;
      };
      const writes = times(20, () =>
        attacker.send(post(ANYS, anyObject(attacker.name(), { a: "x".repeat(2_000_000) }))),
      );
      const [answers] = await Promise.all([Promise.all(times(10, read)), Promise.all(writes)]);
      return innocents(answers.flat());
    },
  },
  pipelineRow("small-500", 500, "GET /api/v1/namespaces/default"),
  pipelineRow("large-40", 40, `GET ${CONFIG_MAPS}/pipelined`),
];
