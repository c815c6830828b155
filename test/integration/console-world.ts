/** The console over an embedded API server and an operator, asked as a browser asks it. */
import { request } from "undici";
import { type Console, type ConsoleAccess, createConsole } from "../../src/console/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { startOperator } from "../../src/operator/index.ts";
import { createLogger, RuntimeMetrics } from "../../src/runtime/index.ts";
import type { FleetWorld } from "./fleet-world.ts";

export interface Answered<T> {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The parsed text. */
  readonly json: T;
}

export interface Parts {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface ConsoleWorld {
  readonly console: Console;
  /** Sends the cookie that was set last. */
  call<T = Record<string, unknown>>(path: string, parts?: Parts): Promise<Answered<T>>;
  post<T = Record<string, unknown>>(
    path: string,
    body: unknown,
    headers?: Parts["headers"],
  ): Promise<Answered<T>>;
  /** As another browser: without a cookie. */
  stranger(): ConsoleWorld["call"];
  stop(): Promise<void>;
}

const OWN = { "content-type": "application/json", "x-plexaubnet-console": "1" };

export async function consoleWorld(world: FleetWorld, who?: ConsoleAccess): Promise<ConsoleWorld> {
  const kernel = systemKernel;
  const logger = createLogger({ clock: kernel.clock, level: "silent" });
  const metrics = new RuntimeMetrics();
  let start: ReturnType<typeof createConsole> | undefined;
  const operator = await startOperator({
    client: world.newClient(),
    kernel,
    logger,
    metrics,
    onSource(source) {
      start = createConsole({
        port: 0,
        source,
        client: world.newClient(),
        kernel,
        logger,
        who: who ?? { access: "caller" },
        version: "0.0.0",
        cluster: "a test",
        server: world.server.url,
        metrics,
        isSynced: () => true,
      });
    },
  });
  if (start === undefined) throw new Error("the operator did not hand on where the objects come from");
  const console = await start.serve();
  const browser = browserOf(console);
  return {
    console,
    call: browser,
    post: (path, body, headers = {}) =>
      browser(path, { method: "POST", body, headers: { ...OWN, ...headers } }),
    stranger: () => browserOf(console),
    async stop() {
      await console.close();
      await operator.stop();
    },
  };
}

function browserOf(console: Console): ConsoleWorld["call"] {
  let cookie: string | undefined;
  return async <T>(path: string, { method = "GET", headers = {}, body }: Parts = {}) => {
    const url = path.startsWith("http") ? path : `${console.url}${path.replace(/^\//, "")}`;
    const answer = await request(url, {
      method: method as "GET",
      headers: { ...(cookie !== undefined && { cookie }), ...headers },
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
    const set = answer.headers["set-cookie"];
    if (set !== undefined) cookie = String(set).split(";")[0];
    const text = await answer.body.text();
    const isJson = String(answer.headers["content-type"]).startsWith("application/json");
    return {
      code: answer.statusCode,
      headers: answer.headers,
      text,
      json: (isJson ? JSON.parse(text) : {}) as T,
    };
  };
}

/** Events of a stream, one after the other. */
export async function* eventsOf(
  { console }: ConsoleWorld,
  cookie: string,
  lastId?: string,
): AsyncGenerator<{ readonly name: string; readonly id: string | undefined; readonly data: unknown }> {
  const headers = { cookie, ...(lastId !== undefined && { "last-event-id": lastId }) };
  const answer = await request(`${console.url}api/events`, { headers });
  let rest = "";
  for await (const chunk of answer.body) {
    rest += String(chunk);
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const lines = rest.slice(0, end).split("\n");
      rest = rest.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const name = field("event");
      if (name !== undefined) yield { name, id: field("id"), data: JSON.parse(field("data") ?? "null") };
    }
  }
}
