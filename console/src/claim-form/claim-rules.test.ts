import { expect, test } from "vitest";
import { lengthsWithin, problemOfCluster, problemOfName } from "./claim-rules.ts";

test("CN-03 only sizes that the pool allows and that fit are offered", () => {
  expect(lengthsWithin({ minLength: 20, maxLength: 24 }, undefined)).toEqual([20, 21, 22, 23, 24]);
  expect(lengthsWithin({ minLength: 20, maxLength: 24 }, 22)).toEqual([22, 23, 24]);
  expect(lengthsWithin({ minLength: 20, maxLength: 24 }, 26)).toEqual([]);
});

test("CN-03 what the API server would refuse is said while one types", () => {
  expect(problemOfCluster("")).toBeUndefined();
  expect(problemOfCluster("eu-west.1")).toBeUndefined();
  expect(problemOfCluster("EU")).toMatch(/Only a–z/);
  expect(problemOfCluster("a".repeat(64))).toMatch(/At most 63/);
  expect(problemOfName("nodes")).toBeUndefined();
  expect(problemOfName("-nodes")).toMatch(/ends/);
  expect(problemOfName("a".repeat(64))).toMatch(/At most 63/);
});
