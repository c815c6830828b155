/** From a request to its answer. Whatever happens, the process goes on, and no answer has a stack. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError, LostAnswerError, UnreachableError } from "../../client/index.ts";
import { oneLine } from "../../kernel/index.ts";
import { type Logger, readBody, reasonOf } from "../../runtime/index.ts";
import { BusyError, SessionEndedError } from "../access/viewer.ts";
import type { LoginRequest } from "../answers.ts";
import type { ConsoleParts } from "../parts.ts";
import type { Fault } from "../read/fault.ts";
import { API_ROUTES, type ApiRoute } from "./api.ts";
import { type Caller, callerOf, cookieIn, type Door, SECURE_PREFIX } from "./callers.ts";
import type { EventStreams } from "./event-streams.ts";
import { guardFault } from "./guards.ts";
import { FaultError, Query } from "./query.ts";
import { refuse, sendJson, sendPage, sentence, setGuardHeaders } from "./respond.ts";
import type { StaticFiles } from "./static-files.ts";

export interface HandlerOptions {
  readonly parts: ConsoleParts;
  readonly door: Door;
  readonly streams: EventStreams;
  readonly files: StaticFiles;
  readonly logger: Logger;
  readonly hosts: readonly string[];
  readonly cookieName: string;
  /** A link was used: there is another one now. */
  readonly onLinkUsed: () => void;
}

/** A claim, or a token, with much room. */
const LONGEST_BODY_BYTES = 65_536;
const LONGEST_PATH = 4_096;

export async function handle(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  setGuardHeaders(response);
  try {
    await answer(options, request, response);
  } catch (error) {
    const fault = faultOf(error);
    if (fault.reason === "Failed")
      options.logger.error({ err: error, path: pathOf(request) }, "A request failed");
    if (response.headersSent) response.destroy();
    else if (fault.reason === "NoSession") refuse(response, { ...fault, access: options.door.access });
    else refuse(response, fault);
  }
}

async function answer(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET", headers } = request;
  const path = pathOf(request);
  const isApi = path.startsWith("/api/") || path === "/api";
  const fault = guardFault(method, headers, options);
  if (fault !== undefined) {
    const code =
      method !== "GET" && fault.reason === "Invalid" ? (headers["content-type"] ? 415 : 405) : undefined;
    if (isApi || method !== "GET") refuse(response, fault, code);
    else sendPage(response, 403, "Plexaubnet", sentence(fault.message));
    return;
  }
  if (!isApi) return servePage(options, request, response, path);
  const parameters = parametersOf(request);
  if (path === "/api/login" && method === "POST") return login(options, request, response);
  if (path === "/api/logout" && method === "POST") return logout(options, request, response);
  const caller = callerOf(options.door, request, options.cookieName);
  if (caller === undefined) return refuse(response, noSession(options.door));
  if (path === "/api/events" && method === "GET") return serveEvents(options, request, response, caller);
  const route = API_ROUTES.find(
    (each) => each.method === (method === "HEAD" ? "GET" : method) && fits(each, path),
  );
  if (route === undefined) {
    const isOther = API_ROUTES.some((each) => fits(each, path));
    if (isOther) {
      return refuse(response, { reason: "Invalid", message: `${method} is not supported for ${path}` }, 405);
    }
    return refuse(response, { reason: "NotFound", message: `there is no ${path}: load the page again` });
  }
  await serveRoute(options, { request, response, caller, route, path, parameters });
}

interface RouteCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  readonly route: ApiRoute;
  readonly path: string;
  readonly parameters: URLSearchParams;
}

async function serveRoute({ parts }: HandlerOptions, call: RouteCall): Promise<void> {
  const { request, response, caller, route, path, parameters } = call;
  const { viewer } = caller;
  if (route.isEarly !== true && !parts.isSynced()) return refuse(response, notListed(parts));
  const body = route.method === "POST" ? await readJson(request) : undefined;
  const rest = decode(path.slice(route.path.length));
  const sees = await viewer.sees();
  const answered = await route.answer({ parts, viewer, sees, query: new Query(parameters), rest, body });
  sendJson(response, route.code ?? 200, answered);
}

/** Why there is nothing to answer with. */
function notListed(parts: ConsoleParts): Fault {
  const { state, message = "the objects are being listed" } = parts.connection();
  if (state === "lost") return { reason: "Unreachable", message };
  return { reason: state === "refused" ? "Forbidden" : "Starting", message };
}

function fits({ path }: ApiRoute, asked: string): boolean {
  return path.endsWith("/") ? asked.startsWith(path) && asked.length > path.length : asked === path;
}

function pathOf({ url = "/" }: IncomingMessage): string {
  return url.slice(0, LONGEST_PATH).split("?")[0] ?? "/";
}

function parametersOf({ url = "/" }: IncomingMessage): URLSearchParams {
  const at = url.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : url.slice(at));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// ── sessions ───────────────────────────────────────────────────────────────────────────────────────────────

function noSession(door: Door): {
  readonly reason: "NoSession";
  readonly message: string;
  readonly access: Door["access"];
} {
  const message =
    door.access === "caller"
      ? "there is no session, or it has ended: open the link that the console prints in its terminal"
      : "there is no session, or it has ended: log in with a bearer token of the cluster";
  return { reason: "NoSession", message, access: door.access };
}

/** The page, to anyone: it holds nothing. A link with a secret begins a session first. */
function servePage(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): void {
  const secret = parametersOf(request).get("token");
  const { door } = options;
  if (secret === null || door.access !== "caller" || request.method !== "GET") {
    options.files.send(request, response, path);
    return;
  }
  const cookie = cookieIn(request, options.cookieName);
  const isKnown = cookie !== undefined && door.sessions.isValid(cookie);
  if (!isKnown && !door.sessions.useLink(secret)) {
    const text =
      "This link was used already, or it is of an earlier start of the console: open the newest link that the console prints in its terminal.";
    sendPage(response, 403, "Plexaubnet", text);
    return;
  }
  if (!isKnown) {
    response.setHeader("set-cookie", cookieText(options, request, door.sessions.begin()));
    options.onLinkUsed();
  }
  // Without the secret, so that neither the history nor a copied address has it.
  response.writeHead(303, { location: path.replace(/^[/\\]+/, "/"), "cache-control": "no-store" });
  response.end();
}

/** Behind a proxy that serves HTTPS, the browser sends it over HTTPS alone, and takes it from no other host of the domain. */
function cookieText(
  { cookieName }: HandlerOptions,
  request: IncomingMessage,
  value: string,
  maxAge?: number,
): string {
  const isSecure = request.headers["x-forwarded-proto"] === "https";
  const age = maxAge === undefined ? "" : `; Max-Age=${maxAge}`;
  const name = isSecure ? `${SECURE_PREFIX}${cookieName}` : cookieName;
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}${age}`;
}

async function login(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { door } = options;
  if (door.access !== "token") return refuse(response, noSession(door));
  const { token } = ((await readJson(request)) ?? {}) as Partial<LoginRequest>;
  if (typeof token !== "string" || token.trim() === "") {
    return refuse(response, {
      reason: "Invalid",
      message: "token is missing: enter a bearer token of the cluster",
    });
  }
  const verdict = await door.viewers.check(token.trim(), request.socket.remoteAddress ?? "");
  if (verdict === "busy") {
    return refuse(response, { reason: "Busy", message: "too many log in at once: try again in a moment" });
  }
  if (verdict === "unknown") {
    const message = "the API server does not know this token, or it has expired: enter another one";
    return refuse(response, { reason: "NoSession", message, access: "token" });
  }
  response.setHeader("set-cookie", cookieText(options, request, door.sessions.begin(token.trim())));
  sendJson(response, 200, {});
}

function logout(options: HandlerOptions, request: IncomingMessage, response: ServerResponse): void {
  const cookie = cookieIn(request, options.cookieName);
  if (cookie !== undefined) options.door.sessions.end(cookie);
  response.setHeader("set-cookie", cookieText(options, request, "", 0));
  sendJson(response, 200, {});
}

// ── bodies, streams, failures ──────────────────────────────────────────────────────────────────────────────

async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readBody(request, LONGEST_BODY_BYTES);
  if (text === undefined) {
    throw new FaultError({
      reason: "Invalid",
      message: `the body is longer than ${LONGEST_BODY_BYTES} bytes`,
    });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new FaultError({ reason: "Invalid", message: "the body cannot be read as JSON: send an object" });
  }
}

async function serveEvents(
  { streams }: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller,
): Promise<void> {
  if (streams.isFull) {
    const message = "too many pages follow the changes: close some of them, and load this one again";
    return refuse(response, { reason: "Busy", message });
  }
  await streams.serve(request, response, caller);
}

/** What an error means to the viewer. Messages of the API server are for people; those of bugs are not shown. */
function faultOf(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  if (error instanceof BusyError) return { reason: "Busy", message: error.message };
  if (error instanceof SessionEndedError) {
    return { reason: "NoSession", message: `${error.message}: log in with another one` };
  }
  if (error instanceof ApiError) {
    const message = oneLine(error.message);
    if (error.code === 401)
      return { reason: "Forbidden", message: `the API server refused the credentials: ${message}` };
    if (error.code === 403) return { reason: "Forbidden", message };
    if (error.code === 404) return { reason: "NotFound", message };
    if (error.code === 429) return { reason: "Busy", message };
    return error.code < 500 ? { reason: "Invalid", message } : { reason: "Unreachable", message };
  }
  if (error instanceof UnreachableError || error instanceof LostAnswerError) {
    return {
      reason: "Unreachable",
      message: `the API server cannot be reached: ${oneLine(reasonOf(error))}`,
    };
  }
  return {
    reason: "Failed",
    message: "the console could not answer this: its log has the reason; load the page again",
  };
}
