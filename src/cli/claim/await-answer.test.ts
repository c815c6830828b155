import { expect, test } from "vitest";
import { API_VERSION, type SubnetClaim } from "../../api/index.ts";
import { ApiError, type KubeClient, LostAnswerError, type RawWatchEvent } from "../../client/index.ts";
import { ManualClock } from "../../kernel/index.ts";
import { awaitAnswer } from "./await-answer.ts";

function claim(status: SubnetClaim["status"], generation = 1): SubnetClaim {
  const metadata = { name: "a", namespace: "fleet", generation };
  const base = {
    apiVersion: API_VERSION,
    kind: "SubnetClaim",
    metadata,
    spec: { poolRef: "corp", clusterID: "a" },
  };
  return status === undefined ? base : { ...base, status };
}

const event = (type: RawWatchEvent["type"], object: SubnetClaim): RawWatchEvent => ({ type, object });
const waiting = claim({ phase: "Pending", observedGeneration: 1 });
const bound = claim({ phase: "Bound", observedGeneration: 1, allocatedCIDR: "10.0.0.0/24" });

/** An end of a watch: the server ends it, it breaks, or it stays open until aborted. */
type End = "ended" | "stays" | Error;

interface Round {
  readonly listed: SubnetClaim | undefined;
  readonly events: readonly RawWatchEvent[];
  readonly end: End;
}

/** Answers one list and one watch a round. */
function server(rounds: readonly Round[]): {
  client: Pick<KubeClient, "list" | "watch">;
  used: () => number;
} {
  let round = -1;
  const client = {
    list: async () => {
      const { listed } = rounds[++round] as Round;
      return { metadata: { resourceVersion: "5" }, items: listed === undefined ? [] : [listed] };
    },
    watch: async (_: unknown, { signal }: { signal?: AbortSignal }) => {
      const { events, end } = rounds[round] as Round;
      return (async function* () {
        yield* events;
        if (end instanceof Error) throw end;
        if (end === "ended") return;
        await new Promise((_resolve, reject) => {
          if (signal?.aborted) reject(signal.reason);
          signal?.addEventListener("abort", () => reject(signal.reason));
        });
      })();
    },
  };
  return { client: client as unknown as Pick<KubeClient, "list" | "watch">, used: () => round + 1 };
}

const target = { namespace: "fleet", name: "a" };
const answer = (...rounds: Round[]) => awaitAnswer(server(rounds).client, new ManualClock(), target, 1000);

test("a claim that is Bound already is answered without a watch, and one that becomes so by the watch", async () => {
  expect(await answer({ listed: bound, events: [], end: new Error("unused") })).toBe(bound);
  expect(await answer({ listed: waiting, events: [event("MODIFIED", bound)], end: "stays" })).toBe(bound);
});

test("Error is an answer, but not to an older spec; Pending is none", async () => {
  const error = claim({ phase: "Error", observedGeneration: 1 });
  expect(await answer({ listed: waiting, events: [event("MODIFIED", error)], end: "stays" })).toBe(error);
  const older = claim({ phase: "Error", observedGeneration: 1 }, 2);
  expect(await answer({ listed: older, events: [event("MODIFIED", bound)], end: "stays" })).toBe(bound);
});

test("a watch that ends, breaks or has expired begins again from a list", async () => {
  for (const end of [
    "ended",
    new LostAnswerError("cut"),
    new ApiError(410, { reason: "Expired" }),
  ] as const) {
    const { client, used } = server([
      { listed: waiting, events: [], end },
      { listed: bound, events: [], end: "stays" },
    ]);
    expect(await awaitAnswer(client, new ManualClock(), target, 1000)).toBe(bound);
    expect(used()).toBe(2);
  }
});

test("a claim that is deleted has no answer", async () => {
  expect(
    await answer({ listed: waiting, events: [event("DELETED", waiting)], end: "stays" }),
  ).toBeUndefined();
});

test("when the time is up, the claim is handed back as it stands", async () => {
  const clock = new ManualClock();
  const { client } = server([{ listed: waiting, events: [], end: "stays" }]);
  const outcome = awaitAnswer(client, clock, target, 1000);
  await Promise.resolve();
  clock.advance(1000);
  expect(await outcome).toBe(waiting);
});

test("a refusal of the API does not count as an answer, and goes through", async () => {
  const refused = answer({ listed: waiting, events: [], end: new ApiError(403, { reason: "Forbidden" }) });
  await expect(refused).rejects.toThrow(ApiError);
});
