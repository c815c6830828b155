/** The head of a request from a client in this process. */
import type { IncomingHttpHeaders } from "node:http";
import type { InProcessRequest } from "../../../kube/in-process.ts";
import { MAX_DEPTH_WITH_OWNERS } from "../../depth.ts";
import type { RequestHead } from "../arrival.ts";

/** @param destroy ends the request, as the end of a connection does. */
export function requestHead(request: InProcessRequest, destroy: () => void): RequestHead {
  const { method, path, body } = request;
  // Seats, steps and the limit of a body go by its length, whichever way it comes in.
  const length = body === undefined ? {} : { "content-length": String(lengthAsJson(body)) };
  return {
    method,
    url: path,
    headers: { ...request.headers, ...length } as IncomingHttpHeaders,
    get headersDistinct() {
      return distinct(request.headers);
    },
    complete: true,
    socket: { destroy },
  };
}

/** A client has few sets of headers, and sends each again and again. */
const known = new WeakMap<object, NodeJS.Dict<string[]>>();

function distinct(headers: InProcessRequest["headers"]): NodeJS.Dict<string[]> {
  const found = known.get(headers);
  if (found !== undefined) return found;
  const entries = Object.entries(headers);
  const made = Object.fromEntries(entries.map(([name, value]) => [name, [value].flat() as string[]]));
  known.set(headers, made);
  return made;
}

const SCALAR_LENGTH = 5;

/** Characters of its JSON, nearly. What is nested too deeply is refused later, and not looked into. */
function lengthAsJson(value: unknown, levels = MAX_DEPTH_WITH_OWNERS): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null || levels === 0) return SCALAR_LENGTH;
  let length = 2;
  if (Array.isArray(value)) {
    for (const item of value) length += 1 + lengthAsJson(item, levels - 1);
    return length;
  }
  for (const key in value) {
    length += key.length + 4 + lengthAsJson((value as Record<string, unknown>)[key], levels - 1);
  }
  return length;
}
