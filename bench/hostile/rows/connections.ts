/** Many connections, and such as never say what they want. */

import { connect } from "node:net";
import type { TLSSocket } from "node:tls";
import { codesOf } from "../answers.ts";
import { CONFIG_MAPS } from "../any-kind.ts";
import type { Answer, Attacker } from "../attacker.ts";
import { bodied, get } from "../raw-request.ts";
import { type Played, type Row, TARGET_MS } from "../row.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const HOLD_MS = 2_000;

/** So many connections, a hundred at a time. Those that did not come up are left out. */
async function openMany(attacker: Attacker, count: number): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  for (let i = 0; i < count && !attacker.signal.aborted; i += 100) {
    const opened = await Promise.allSettled(times(100, () => attacker.open()));
    for (const each of opened) if (each.status === "fulfilled") sockets.push(each.value);
  }
  for (const socket of sockets) socket.on("error", () => undefined);
  return sockets;
}

async function held(sockets: readonly TLSSocket[]): Promise<Played> {
  await pause(HOLD_MS);
  return { answer: `${sockets.filter((each) => !each.destroyed).length} open` };
}

export const CONNECTION_ROWS: readonly Row[] = [
  {
    id: "H-connections-2000",
    kind: "connections",
    what: "2,000 idle connections over TLS",
    limitMs: TARGET_MS,
    takesMinutes: true,
    cutOffMs: 60_000,
    play: async (attacker) => held(await openMany(attacker, 2_000)),
  },
  {
    id: "H-connections-tcp",
    kind: "connections",
    what: "2,000 connections that never begin with TLS",
    limitMs: TARGET_MS,
    cutOffMs: 30_000,
    play: async (attacker) => {
      const { hostname, port } = new URL(attacker.target.url);
      const sockets = times(2_000, () => connect({ host: hostname, port: Number(port) }));
      for (const socket of sockets) socket.on("error", () => undefined);
      attacker.defer(() => {
        for (const socket of sockets) socket.destroy();
      });
      await pause(HOLD_MS);
      return { answer: `${sockets.filter((each) => !each.destroyed).length} open` };
    },
  },
  {
    id: "H-slow-headers",
    kind: "connections",
    what: "300 connections that send a header letter by letter",
    limitMs: TARGET_MS,
    cutOffMs: 30_000,
    play: async (attacker) => {
      const sockets = await openMany(attacker, 300);
      for (const socket of sockets) socket.write("GET /api HTTP/1.1\r\nX: ");
      for (let i = 0; i < 20; i++) {
        for (const socket of sockets) socket.write("a");
        await pause(100);
      }
      return held(sockets);
    },
  },
  {
    id: "H-slow-bodies",
    kind: "connections",
    what: "300 connections that announce 3 MB and send a byte at a time",
    limitMs: TARGET_MS,
    cutOffMs: 30_000,
    play: async (attacker) => {
      const sockets = await openMany(attacker, 300);
      for (const socket of sockets)
        socket.write(
          bodied(attacker.target.attackerToken, "Content-Length: 3000000\r\n", " ".repeat(65_536)),
        );
      for (let i = 0; i < 20; i++) {
        for (const socket of sockets) socket.write(" ");
        await pause(100);
      }
      return held(sockets);
    },
  },
  {
    id: "H-bodies-open-300",
    kind: "connections",
    what: "300 connections that send 2.9 MB of a body and never the rest",
    limitMs: TARGET_MS,
    cutOffMs: 60_000,
    play: async (attacker) => {
      const sockets = await openMany(attacker, 300);
      const text = Buffer.from(
        bodied(attacker.target.attackerToken, "Content-Length: 3000000\r\n", " ".repeat(2_900_000)),
      );
      await Promise.all(
        sockets.map(
          (socket) =>
            new Promise<void>((resolve) => {
              socket.once("close", resolve);
              socket.write(text, () => resolve());
            }),
        ),
      );
      return held(sockets);
    },
  },
  {
    id: "H-cut-in-the-middle",
    kind: "connections",
    what: "1,000 requests whose client goes away in the middle",
    limitMs: TARGET_MS,
    cutOffMs: 30_000,
    play: async (attacker) => {
      for (let i = 0; i < 10; i++) {
        const sockets = await openMany(attacker, 100);
        for (const [n, socket] of sockets.entries()) {
          if (n % 2 === 0)
            socket.write(bodied(attacker.target.attackerToken, "Content-Length: 1000\r\n", '{"apiVersion":'));
          else
            socket.write(
              get(n % 3 === 0 ? "/openapi/v2" : `${CONFIG_MAPS}?watch=true`, attacker.target.attackerToken),
            );
          setTimeout(() => socket.destroy(), 5);
        }
        await pause(50);
      }
      return { answer: "all cut" };
    },
  },
  {
    id: "H-handshakes-1500",
    kind: "connections",
    what: "1,500 handshakes, each with one request",
    limitMs: TARGET_MS,
    cutOffMs: 30_000,
    play: async (attacker) => {
      const answers: Answer[] = [];
      const headers = { connection: "close" };
      for (let i = 0; i < 1_500; i += 50) {
        answers.push(...(await Promise.all(times(50, () => attacker.send({ path: "/api", headers })))));
      }
      return { answer: codesOf(answers) };
    },
  },
  {
    id: "H-watches-churn",
    kind: "connections",
    what: "2,000 watches opened and left, one after the other",
    limitMs: TARGET_MS,
    cutOffMs: 30_000,
    play: async (attacker) => {
      const answers: Answer[] = [];
      for (let i = 0; i < 2_000; i += 40) {
        const path = `${CONFIG_MAPS}?watch=true&timeoutSeconds=1&resourceVersion=0&fieldSelector=metadata.name%3Dx`;
        const watches = await Promise.all(times(40, () => attacker.neverRead({ path })));
        for (const { code } of watches) answers.push({ code, text: "", size: 0, headers: {} });
      }
      return { answer: codesOf(answers) };
    },
  },
];
