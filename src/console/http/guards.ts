/**
 * What a request must have before it is answered. A name in `Host` that is not ours is a page of someone else whose name was
 * pointed at this address (DNS rebinding); another `Origin` is such a page that sends requests here. Pure.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import type { Fault } from "../read/fault.ts";

export interface GuardOptions {
  /** Names by which browsers reach the console besides addresses and `localhost`. In lower case. */
  readonly hosts: readonly string[];
}

/** What a page of another origin cannot set without being asked. */
export const OWN_HEADER = "x-plexaubnet-console";

/** Undefined: it may be answered. */
export function guardFault(
  method: string,
  headers: IncomingHttpHeaders,
  { hosts }: GuardOptions,
): Fault | undefined {
  const { host, origin } = headers;
  const name = host === undefined ? undefined : hostNameOf(host);
  if (name === undefined || !isOurs(name, hosts)) {
    return {
      reason: "Forbidden",
      message:
        "the Host of this request is not a name of the console: open it by the address that was printed, or name the host in --console-hosts",
    };
  }
  if (origin !== undefined && originHost(origin) !== host?.toLowerCase()) {
    return { reason: "Forbidden", message: "the request is from another origin: open the console itself" };
  }
  if (method === "GET" || method === "HEAD") return undefined;
  if (method !== "POST") {
    return {
      reason: "Invalid",
      message: `${method} is not supported: only GET, HEAD and POST are served here`,
    };
  }
  if (headers[OWN_HEADER] !== "1") {
    return {
      reason: "Forbidden",
      message: "the header X-Plexaubnet-Console is missing: send it with the value 1",
    };
  }
  if (!/^application\/json\b/i.test(headers["content-type"] ?? "")) {
    return {
      reason: "Invalid",
      message: "the body is not declared as JSON: set Content-Type: application/json",
    };
  }
  return undefined;
}

/** Without its port; undefined: it is none. */
function hostNameOf(host: string): string | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/i.exec(host);
  return (found?.[1] ?? found?.[2])?.toLowerCase();
}

function isOurs(name: string, hosts: readonly string[]): boolean {
  return name === "localhost" || isIP(name) !== 0 || hosts.includes(name);
}

/** Of a browser: `null` where it is kept secret. */
function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host.toLowerCase();
  } catch {
    return undefined;
  }
}
