import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { readJson } from "../../exchange/index.ts";
import { companyOf, netboxObject } from "../../exchange/testing/company.ts";
import { readNetboxApi } from "./netbox-api.ts";

const objects = companyOf(5, 8).map(netboxObject);

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** As NetBox pages, except for the address of the next page, which a proxy may have made worthless. */
function pages(all: readonly object[]): Handler {
  return ({ url = "" }, response) => {
    const { pathname, searchParams } = new URL(url, "http://netbox");
    const [limit, offset] = ["limit", "offset"].map((name) => Number(searchParams.get(name)));
    const own = pathname === "/ipam-tool/api/ipam/prefixes/" ? all : [];
    const results = own.slice(offset, (offset ?? 0) + (limit ?? 0));
    response.end(JSON.stringify({ count: own.length, next: "http://elsewhere.invalid/", results }));
  };
}

async function reading(handler: Handler, token?: string) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const done: number[] = [];
  try {
    const source = await readNetboxApi({
      url: `http://127.0.0.1:${port}/ipam-tool/api/`,
      token,
      onPage: (_, count) => done.push(count),
    });
    return { source, done };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("PX-13 NetBox's API is read page by page, with the token, and each row names its page", async () => {
  const tokens = new Set<string | undefined>();
  const serve = pages(objects);
  const { source, done } = await reading((request, response) => {
    tokens.add(request.headers.authorization);
    serve(request, response);
  }, "secret");
  const { rows } = readJson(source, "netbox");
  expect(rows).toHaveLength(objects.length);
  expect(rows[0]?.origin.file).toMatch(/^127\.0\.0\.1:\d+\/ipam\/prefixes\/1\/$/);
  expect(done.length).toBeGreaterThan(3);
  expect([...tokens]).toEqual(["Token secret"]);
});

test.each<[string, Handler, string]>([
  ["refuses the token", (_, response) => response.writeHead(403).end("{}"), "refused the token"],
  ["is none", (_, response) => response.writeHead(200).end("<html>"), "answered no page of NetBox's API"],
  [
    "knows no such page",
    (_, response) => response.writeHead(404).end(),
    "answered 404 for /ipam-tool/api/ipam/prefixes/",
  ],
])("PX-13 a server that %s is reported in a sentence", async (_, handler, sentence) => {
  await expect(reading(handler, "secret")).rejects.toThrow(sentence);
});

test("PX-13 a download that breaks off in the middle of a page brings nothing in", async () => {
  const serve = pages(objects);
  let served = 0;
  const cut: Handler = (request, response) => {
    if (served++ < 1) return serve(request, response);
    response.writeHead(200, { "content-length": "100000" });
    response.write('{"count": 1, "results": [{"pre', () => response.destroy());
  };
  await expect(reading(cut)).rejects.toThrow(/broke off after 500 prefixes .*nothing was imported/);
});

test("PX-13 prefixes that change while they are read are not taken for a whole", async () => {
  let served = 0;
  const growing: Handler = (request, response) =>
    pages(objects.slice(0, objects.length - 3 + served++))(request, response);
  await expect(reading(growing)).rejects.toThrow("the prefixes changed while they were read");
});

test("PX-13 a token goes over no wire that others read", async () => {
  const read = readNetboxApi({ url: "http://netbox.example.com", token: "secret", onPage: () => {} });
  await expect(read).rejects.toThrow("name the address with https");
  const named = readNetboxApi({
    url: "https://me:secret@netbox.example.com",
    token: undefined,
    onPage: () => {},
  });
  await expect(named).rejects.toThrow(/^--url has a password in it/);
});
