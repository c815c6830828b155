/** Prefixes, aggregates and IP ranges of a NetBox, over its API, page by page, all or nothing. */
import { readFileSync } from "node:fs";
import { Agent, request } from "undici";
import { type JsonSource, MOST_ROWS } from "../../exchange/index.ts";
import { oneLine } from "../../kernel/index.ts";
import { CommandFailure } from "../failure.ts";

const KINDS = ["prefixes", "aggregates", "ip-ranges"] as const;
const PAGE_SIZE = 500;
const TIMEOUT_MS = 30_000;
/** Of one page: far more than so many objects are. */
const MOST_PAGE_BYTES = 32 * 1024 * 1024;

export interface NetboxOptions {
  readonly url: string;
  readonly token: string | undefined;
  /** @param done objects of the kind so far, out of `count` */
  readonly onPage: (kind: string, done: number, count: number) => void;
}

/** @throws CommandFailure when the address is none, or the file cannot be read. */
export function netboxToken(file: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (file === undefined) return env.NETBOX_TOKEN || undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(
      `--token-file ${file} cannot be read (${code ?? message}): name a file that can.`,
    );
  }
}

/** @throws CommandFailure naming what was read when it broke off. */
export async function readNetboxApi({ url, token, onPage }: NetboxOptions): Promise<JsonSource> {
  const base = baseOf(url, token);
  const agent = new Agent({
    connectTimeout: TIMEOUT_MS,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  const value: Record<string, unknown[]> = {};
  const origins = new WeakMap<object, string>();
  try {
    for (const kind of KINDS) {
      const objects = await readKind(base, kind, token, agent, (done, count) => onPage(kind, done, count));
      for (const object of objects) {
        if (typeof object === "object" && object !== null)
          origins.set(object, `${base.host}/ipam/${kind}/${(object as { id?: unknown }).id}/`);
      }
      value[kind] = objects;
    }
  } finally {
    await agent.close();
  }
  return {
    value,
    file: base.host,
    originOf: (part) => ({ file: origins.get(part as object) ?? base.host, line: undefined }),
  };
}

const LOOPBACK = /^(localhost|127\.[0-9.]+|\[::1\])$/;

function baseOf(url: string, token: string | undefined): URL {
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol))
    throw new CommandFailure(
      `--url ${oneLine(url)} is not the address of a NetBox: write it as https://netbox.example.com.`,
    );
  if (base.username !== "" || base.password !== "")
    throw new CommandFailure(
      "--url has a password in it: put the token into a file, and name that by --token-file.",
    );
  if (base.protocol === "http:" && token !== undefined && !LOOPBACK.test(base.hostname))
    throw new CommandFailure(
      `the token would go to ${base.host} for all to read: name the address with https.`,
    );
  return base;
}

const UNREACHED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

interface Page {
  readonly count: number;
  readonly results: readonly unknown[];
}

async function readKind(
  base: URL,
  kind: string,
  token: string | undefined,
  agent: Agent,
  onPage: (done: number, count: number) => void,
): Promise<unknown[]> {
  const objects: unknown[] = [];
  const ids = new Set<unknown>();
  for (let count = 1; objects.length < count; ) {
    const path = `${base.pathname.replace(/\/(api\/?)?$/, "")}/api/ipam/${kind}/`;
    const address = new URL(`${path}?limit=${PAGE_SIZE}&offset=${objects.length}&ordering=id`, base);
    const page = await readPage(address, token, agent, `${objects.length} ${kind}`);
    if (objects.length > 0 && page.count !== count) throw changed(kind);
    count = page.count;
    if (count > MOST_ROWS)
      throw new CommandFailure(`${base.host} has ${count} ${kind}, and at most ${MOST_ROWS} are read.`);
    if (page.results.length === 0 && count > objects.length) throw changed(kind);
    for (const object of page.results) {
      const id = (object as { id?: unknown } | null)?.id;
      if (id !== undefined && ids.has(id)) throw changed(kind);
      ids.add(id);
      objects.push(object);
    }
    onPage(objects.length, count);
  }
  return objects;
}

function changed(kind: string): CommandFailure {
  return new CommandFailure(`the ${kind} changed while they were read, and nothing was imported: try again.`);
}

async function readPage(address: URL, token: string | undefined, agent: Agent, sofar: string): Promise<Page> {
  const scheme = token?.startsWith("nbt_") ? "Bearer" : "Token";
  const authorization = token === undefined ? {} : { authorization: `${scheme} ${token}` };
  const { host } = address;
  let code: number;
  let text: string;
  try {
    const answer = await request(address, {
      dispatcher: agent,
      headers: { accept: "application/json", ...authorization },
    });
    code = answer.statusCode;
    text = await bodyOf(answer.body, host);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { code: reason, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(
      `${host} ${UNREACHED.has(reason ?? "") ? "cannot be reached" : "broke off"} after ${sofar} (${oneLine(reason ?? message)}), and nothing was imported: look at the address, and try again.`,
      { cause: error },
    );
  }
  if (code === 401 || code === 403)
    throw new CommandFailure(
      `${host} refused ${token === undefined ? "to answer without a token" : "the token"}: put one that may read IPAM into a file, and name it by --token-file.`,
    );
  if (code !== 200)
    throw new CommandFailure(
      `${host} answered ${code} for ${address.pathname}: name the address at which NetBox begins, without /api.`,
    );
  return pageOf(text, address);
}

async function bodyOf(body: AsyncIterable<Uint8Array>, host: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.length;
    if (total > MOST_PAGE_BYTES)
      throw new CommandFailure(
        `${host} answered a page of more than ${MOST_PAGE_BYTES} bytes: is it a NetBox?`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function pageOf(text: string, address: URL): Page {
  let page: Partial<Page> | null;
  try {
    page = JSON.parse(text) as Partial<Page> | null;
  } catch {
    page = null;
  }
  if (page !== null && Number.isInteger(page.count) && Array.isArray(page.results)) return page as Page;
  throw new CommandFailure(
    `${address.host}${address.pathname} answered no page of NetBox's API: name the address at which NetBox begins, without /api.`,
  );
}
