/** The door for clients in this process: each of them is one user, and calls what answers requests as a function. */
import type { AnswerTaker, InProcessApi, InProcessCall, InProcessRequest } from "../../../kube/in-process.ts";
import type { User } from "../../context.ts";
import type { Arrival } from "../arrival.ts";
import { requestHead } from "./request-head.ts";
import { InProcessResponse } from "./response.ts";

export interface InProcessDoor {
  connect(user: User): InProcessApi;
  /** Takes no new requests, waits for those under way up to `graceMs`, then breaks off what is left. */
  close(graceMs: number): Promise<void>;
}

const NAME = "the API server in this process";
const NOTHING: InProcessCall = { abort: () => undefined };

/** @param after a timer. */
export function createDoor(
  handle: (arrival: Arrival) => void,
  after: (ms: number, fire: () => void) => { cancel(): void },
): InProcessDoor {
  const open = new Set<InProcessResponse>();
  let closed: PromiseWithResolvers<void> | undefined;

  function call(user: User, request: InProcessRequest, taker: AnswerTaker): InProcessCall {
    if (closed !== undefined) {
      taker.failed(`${NAME} has stopped`, false);
      return NOTHING;
    }
    const response = new InProcessResponse(taker, request.body, request.method === "HEAD");
    open.add(response);
    response.on("close", () => {
      open.delete(response);
      if (open.size === 0) closed?.resolve();
    });
    handle({
      request: requestHead(request, () => response.destroy()),
      response,
      inProcess: response,
      first: () => undefined,
      authenticate: () => user,
    });
    return { abort: () => response.abandon() };
  }

  return {
    connect: ({ groups, ...user }) => {
      const own: User = { ...user, groups: [...groups] };
      return { name: NAME, call: (request, taker) => call(own, request, taker) };
    },
    close: async (graceMs) => {
      closed ??= Promise.withResolvers();
      if (open.size === 0) closed.resolve();
      const timer = after(graceMs, () => {
        for (const response of [...open]) response.destroy();
      });
      await closed.promise;
      timer.cancel();
    },
  };
}
