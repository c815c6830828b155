/** Faults between a client and the API server: the failures of a network and of a busy server. */
import type { Interceptor } from "../apiserver/index.ts";
import { conflict, internalError, serviceUnavailable, tooManyRequests } from "../apiserver/status-error.ts";
import type { Clock } from "../kernel/index.ts";

/**
 * - `delay`: the request is processed `delayMs` later.
 * - `refuse`: it is answered with that code and not carried out.
 * - `drop`: the connection breaks before it is carried out.
 * - `lose-answer`: it is carried out, and the connection breaks before the answer.
 */
export type TransportFault =
  | { readonly kind: "delay"; readonly delayMs: number }
  | { readonly kind: "refuse"; readonly code: 409 | 429 | 500 | 503 }
  | { readonly kind: "drop" }
  | { readonly kind: "lose-answer" };

/** Asked once for each request. Undefined: nothing goes wrong. */
export type FaultPlan = (request: {
  readonly method: string;
  readonly path: string;
}) => TransportFault | undefined;

type InterceptedRequest = Parameters<Interceptor>[0];
type InterceptedResponse = Parameters<Interceptor>[1];

/** For the option `intercept` of an API server. */
export function transportFaults(plan: FaultPlan, clock: Clock): Interceptor {
  return (request, response) => injectFault(plan, clock, request, response);
}

/** Resolves to false when the request goes no further. @throws StatusError */
async function injectFault(
  plan: FaultPlan,
  clock: Clock,
  request: InterceptedRequest,
  response: InterceptedResponse,
): Promise<boolean> {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const fault = plan({ method: request.method ?? "GET", path });
  switch (fault?.kind) {
    case undefined:
      return true;
    case "delay":
      await new Promise<void>((resolve) => clock.setTimer(fault.delayMs, resolve));
      return true;
    case "refuse":
      throw refusal(fault.code);
    case "drop":
      request.socket.destroy();
      return false;
    case "lose-answer":
      loseAnswer(request, response);
      return true;
  }
}

function refusal(code: 409 | 429 | 500 | 503): Error {
  switch (code) {
    case 409:
      return conflict({ group: "", plural: "objects", kind: "" }, "unknown", "a fault was asked for");
    case 429:
      return tooManyRequests("a fault was asked for", 1);
    case 500:
      return internalError("a fault was asked for");
    case 503:
      return serviceUnavailable("a fault was asked for");
  }
}

/** The first byte of the answer ends the connection instead of being sent. */
function loseAnswer(request: InterceptedRequest, response: InterceptedResponse): void {
  const cut = () => {
    request.socket.destroy();
    return response;
  };
  response.writeHead = cut as typeof response.writeHead;
  response.end = cut as typeof response.end;
}
