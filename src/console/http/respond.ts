/** How the console answers: JSON, refusals, and pages of one sentence. */
import type { ServerResponse } from "node:http";
import { closeUnread } from "../../runtime/index.ts";
import type { Refusal, RefusalReason } from "../answers.ts";

const CODES: Readonly<Record<RefusalReason, number>> = {
  NoSession: 401,
  Forbidden: 403,
  NotFound: 404,
  Invalid: 400,
  Busy: 429,
  Starting: 503,
  Unreachable: 502,
  Failed: 500,
};

/** No script and no style but our own files, nothing of anyone else, and not within another page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function setGuardHeaders(response: ServerResponse): void {
  response.setHeader("content-security-policy", POLICY);
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("x-frame-options", "DENY");
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-resource-policy", "same-origin");
}

export function sendJson(response: ServerResponse, code: number, body: object): void {
  send(response, code, "application/json; charset=utf-8", JSON.stringify(body));
}

/** Beyond one of the codes there are 405, 413 and 415 for `Invalid`. */
export function refuse(response: ServerResponse, refusal: Refusal, code = CODES[refusal.reason]): void {
  closeUnread(response);
  if (code === 429) response.setHeader("retry-after", "1");
  sendJson(response, code, { ...refusal, message: sentence(refusal.message) });
}

/** For a browser that has no page yet. */
export function sendPage(response: ServerResponse, code: number, title: string, text: string): void {
  const body = `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${markup(title)}</title></head><body><h1>${markup(title)}</h1><p>${markup(text)}</p></body></html>\n`;
  send(response, code, "text/html; charset=utf-8", body);
}

function send(response: ServerResponse, code: number, type: string, body: string): void {
  response.writeHead(code, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function markup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
