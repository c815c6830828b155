/** A request that came in over HTTPS. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Arrival } from "./arrival.ts";
import type { Authenticator } from "./auth/index.ts";
import { readBody } from "./body.ts";
import { firstOnItsConnection } from "./pipelining.ts";

export function httpArrival(
  request: IncomingMessage,
  response: ServerResponse,
  authenticator: Authenticator,
): Arrival {
  return {
    request,
    response,
    readBody: (giveWay) => readBody(request, giveWay),
    first: () => firstOnItsConnection(request, response),
    authenticate: () => authenticator.authenticate(request),
  };
}
