import { expect, test } from "vitest";
import { lengthFreedKey, spaceFreedKey } from "../model/wait-keys.ts";
import { claim, NAMESPACE } from "../testing/objects.ts";
import { passingOn } from "./blocked-claim.ts";
import { blocked, settled } from "./decision.ts";

const freed = [lengthFreedKey(NAMESPACE, "prod", 24), lengthFreedKey(NAMESPACE, "prod", 25)];
const waiting = claim("waiting", "prod");
const wake = { do: "raise", keys: freed, atMost: 1 };

test("PX-03 a claim that has decided passes the wake on before it writes anything", () => {
  const write = { do: "delete", resource: {} as never, of: waiting } as const;
  expect(passingOn(settled("takes a block", [write]), waiting, () => freed).actions).toEqual([wake, write]);
  const certain = blocked("its block is taken", [spaceFreedKey(NAMESPACE, "prod")]);
  expect(passingOn(certain, waiting, () => freed).actions).toEqual([wake]);
});

test("PX-03 one that waits in line again found none, and counts nothing", () => {
  const decision = blocked("none is free", [lengthFreedKey(NAMESPACE, "prod", 24)]);
  const count = () => {
    throw new Error("what is free was counted");
  };
  expect(passingOn(decision, waiting, count)).toBe(decision);
});

test("a Bound claim was not woken for space, and passes nothing on", () => {
  const bound = claim("bound", "prod", { status: { phase: "Bound" } });
  const decision = settled("bound");
  expect(passingOn(decision, bound, () => freed)).toBe(decision);
});
