import { expect, test } from "vitest";
import { type KubeClient, UnreachableError } from "../../client/index.ts";
import { ManualClock } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/index.ts";
import type { Access } from "./access-review.ts";
import { AccessReviewer, BAD_FOR_MS, GOOD_FOR_MS, type ReviewAnswer } from "./access-reviewer.ts";

const METRICS: Access = { nonResourceAttributes: { verb: "get", path: "/metrics" } };
const OTHER: Access = { nonResourceAttributes: { verb: "get", path: "/other" } };

/**
 * An API server that knows the tokens that begin with `good`, and lets all of them but `good-guest` do
 * everything.
 */
function setUp() {
  const clock = new ManualClock();
  const asked: string[] = [];
  const held: (() => void)[] = [];
  let isHolding = false;
  let isDown = false;
  const atOnce = { now: 0, most: 0 };
  const create = async (_resource: unknown, review: AnyObject) => {
    const { token, user } = review.spec as { readonly token?: string; readonly user?: string };
    asked.push(`${review.kind} ${token ?? user}`);
    atOnce.most = Math.max(atOnce.most, ++atOnce.now);
    if (isHolding) await new Promise<void>((resolve) => held.push(resolve));
    atOnce.now--;
    if (isDown) throw new UnreachableError("down");
    const authenticated = token?.startsWith("good") === true;
    const status =
      token === undefined ? { allowed: user !== "good-guest" } : { authenticated, user: { username: token } };
    return { ...review, status };
  };
  const client = { create } as unknown as KubeClient;
  const reviewer = new AccessReviewer({ client, clock });
  const review = (token: string | undefined, address = "10.0.0.1", access = METRICS) =>
    reviewer.review({ token, address }, access);
  return {
    clock,
    asked,
    atOnce,
    review,
    hold: () => {
      isHolding = true;
    },
    letGo: async () => {
      isHolding = false;
      for (let release = held.shift(); release !== undefined; release = held.shift()) release();
      await Promise.resolve();
    },
    setDown: (down: boolean) => {
      isDown = down;
    },
  };
}

test("PS-13 what the API server said of a token is remembered: good for a minute, bad for ten seconds", async () => {
  const { clock, asked, review } = setUp();
  for (let at = 0; at < 5; at++) {
    expect(await review("good")).toBe("allowed");
    expect(await review("bad")).toBe("unauthenticated");
    expect(await review("good-guest")).toBe("forbidden");
  }
  const first = ["TokenReview good", "SubjectAccessReview good", "TokenReview bad"];
  expect(asked).toEqual([...first, "TokenReview good-guest", "SubjectAccessReview good-guest"]);
  await clock.advance(BAD_FOR_MS);
  await review("bad");
  await review("good");
  expect(asked.slice(5)).toEqual(["TokenReview bad"]);
  await clock.advance(GOOD_FOR_MS - BAD_FOR_MS);
  await review("good");
  expect(asked.slice(6)).toEqual(["TokenReview good", "SubjectAccessReview good"]);
});

test("PS-13 a token that is good for one thing is asked about another one", async () => {
  const { asked, review } = setUp();
  await review("good");
  await review("good", "10.0.0.1", OTHER);
  expect(asked).toEqual(["TokenReview good", "SubjectAccessReview good", "SubjectAccessReview good"]);
});

test("PS-13 without a token nothing is asked", async () => {
  const { asked, review } = setUp();
  expect([await review(undefined), await review("")]).toEqual(["unauthenticated", "unauthenticated"]);
  expect(asked).toEqual([]);
});

test("PS-13 many who ask the same at once share one answer", async () => {
  const { asked, review, hold, letGo } = setUp();
  hold();
  const answers = Array.from({ length: 1_000 }, () => review("bad"));
  await letGo();
  expect(new Set(await Promise.all(answers))).toEqual(new Set<ReviewAnswer>(["unauthenticated"]));
  expect(asked).toEqual(["TokenReview bad"]);
});

test("PS-13 a flood of 3,000 unknown tokens costs the API server a few reviews, and callers that are known none of theirs", async () => {
  const { clock, asked, atOnce, review } = setUp();
  expect(await review("good-prometheus")).toBe("allowed");
  const before = asked.length;
  const answers = await Promise.all(
    Array.from({ length: 3_000 }, (_, at) => review(`bad-${at}`, `10.0.${at % 7}.1`)),
  );
  const counts = Map.groupBy(answers, (answer) => answer);
  expect([...counts.keys()].sort()).toEqual(["busy", "unauthenticated"]);
  expect(counts.get("unauthenticated")?.length).toBeLessThanOrEqual(40);
  expect(asked.length - before).toBeLessThanOrEqual(40);
  expect(atOnce.most).toBeLessThanOrEqual(2);
  // Remembered through the flood, and when its minute is over it does not stand in line behind it.
  expect(await review("good-prometheus")).toBe("allowed");
  await clock.advance(GOOD_FOR_MS);
  const [flood, known] = [
    Array.from({ length: 3_000 }, (_, at) => review(`worse-${at}`)),
    review("good-prometheus"),
  ];
  expect(await known).toBe("allowed");
  await Promise.all(flood);
});

test("PS-13 one address that floods leaves room for another one", async () => {
  const { review } = setUp();
  for (let at = 0; at < 200; at++) await review(`bad-${at}`, "10.0.0.66");
  expect(await review("bad-200", "10.0.0.66")).toBe("busy");
  expect(await review("good-new", "10.0.0.1")).toBe("allowed");
});

test("PS-13 one who may asks about ever new things within limits, too", async () => {
  const { asked, review } = setUp();
  for (let at = 0; at < 3_000; at++) {
    const path = `/x/${at}`;
    await review("good", "10.0.0.1", { nonResourceAttributes: { verb: "get", path } });
  }
  expect(asked.length).toBeLessThan(100);
});

test("PS-13 there is room again after a while", async () => {
  const { clock, review } = setUp();
  for (let at = 0; at < 200; at++) await review(`bad-${at}`);
  expect(await review("good-new")).toBe("busy");
  await clock.advance(1_000);
  expect(await review("good-new")).toBe("allowed");
});

test("PS-13 what the API server could not be asked is not remembered", async () => {
  const { review, setDown } = setUp();
  setDown(true);
  await expect(review("good")).rejects.toThrow("down");
  setDown(false);
  expect(await review("good")).toBe("allowed");
});
