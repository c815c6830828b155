/**
 * The server for the measurement of the whole line: it lists Subnets page by page and streams changes of
 * them, over TLS, in a process of its own. Started with `fork`; sends its port and CA to its parent and takes
 * orders from it:
 *
 * - `{do: "stream", events}`: so many changes, as fast as the connection takes them. It makes them first, and
 *   then prints `streaming`, so that their making is not measured.
 * - `{do: "silence", events}`: so many changes that do not arrive: the open watches are left without a word,
 *   as by a host that was switched off. A new watch gets them.
 */
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { testAuthority } from "../../src/client/testing/test-authority.ts";
import { POOLS, SUBNETS, subnetJson } from "./subnet.ts";

type Order = { readonly do: "stream" | "silence"; readonly events: number };

const authority = await testAuthority("benchmark");
const { certificate, key } = await authority.issueServer();

let revision = SUBNETS;
/**
 * All changes that were written to the watches, or should have been; the first one at revision SUBNETS + 1,
 * so that a watch can resume wherever it broke off.
 */
const history: string[] = [];
const watches = new Set<ServerResponse>();

const server = createServer({ cert: certificate, key }, (request, response) => {
  const url = new URL(request.url ?? "/", "https://server");
  response.setHeader("content-type", "application/json");
  if (url.searchParams.get("watch") !== "true" && url.searchParams.get("watch") !== "1") {
    response.end(page(url.searchParams));
    return;
  }
  response.flushHeaders();
  const seen = Number(url.searchParams.get("resourceVersion")) - SUBNETS;
  response.write(history.slice(Math.max(seen, 0)).join(""));
  watches.add(response);
  response.once("close", () => watches.delete(response));
});

function page(query: URLSearchParams): string {
  const from = Number(query.get("continue") ?? 0);
  const to = Math.min(from + Number(query.get("limit") ?? SUBNETS), SUBNETS);
  const items: string[] = [];
  for (let n = from; n < to; n++) items.push(subnetJson(n, n + 1));
  const more = to < SUBNETS ? `,"continue":"${to}","remainingItemCount":${SUBNETS - to}` : "";
  const metadata = `{"resourceVersion":"${SUBNETS}"${more}}`;
  return `{"apiVersion":"plexaubnet.io/v1alpha1","kind":"SubnetList","metadata":${metadata},"items":[${items.join()}]}`;
}

function nextLine(): string {
  revision++;
  // Neighbours belong to different pools, as in a cluster where many things happen at once.
  const n = (revision * POOLS) % SUBNETS;
  return `{"type":"MODIFIED","object":${subnetJson(n + (revision % POOLS), revision)}}\n`;
}

async function stream(events: number): Promise<void> {
  const lines = Array.from({ length: events }, nextLine);
  process.send?.("streaming");
  for (let from = 0; from < events; from += 100) {
    const chunk = lines.slice(from, from + 100);
    history.push(...chunk);
    const full = [...watches].filter((watch) => !watch.write(chunk.join("")));
    await Promise.all(full.map(drained));
  }
}

function drained(watch: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      watch.off("drain", settle);
      watch.off("close", settle);
      resolve();
    };
    watch.on("drain", settle);
    watch.on("close", settle);
  });
}

process.on("message", (order: Order) => {
  if (order.do === "stream") void stream(order.events);
  else for (let n = 0; n < order.events; n++) history.push(nextLine());
});
process.once("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port, ca: authority.ca });
});
