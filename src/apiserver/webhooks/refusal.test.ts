import { describe, expect, test } from "vitest";
import { refusalOf } from "./refusal.ts";

describe("PX-07 the refusal of a webhook", () => {
  test.each([
    [undefined, 400],
    [403, 403],
    [599, 599],
    [200, 400],
    [399, 400],
    [400.5, 400],
    [600, 400],
    [1000, 400],
    [-1, 400],
    [Number.NaN, 400],
    ["403", 400],
    [{}, 400],
    [[403], 400],
  ])("with the code %j answers %d", (code, expected) => {
    const refused = refusalOf("hook.example.com", { code, message: "no" });
    expect([refused.code, refused.body.code]).toEqual([expected, expected]);
  });

  test.each([
    [-1],
    [0.5],
    ["1\r\nx: y"],
    [Number.POSITIVE_INFINITY],
    [{}],
    [null],
  ])("does not pass on retryAfterSeconds %j", (retryAfterSeconds) => {
    const refused = refusalOf("hook.example.com", { code: 429, details: { retryAfterSeconds } });
    expect(refused.body.details).toEqual({});
  });

  test("a long explanation and many causes are cut to what a client reads", () => {
    const long = "x".repeat(1024 * 1024);
    const causes = Array.from({ length: 10_000 }, () => ({ field: long, message: long, reason: long }));
    const { body } = refusalOf("hook.example.com", {
      code: 422,
      message: long,
      reason: long,
      details: { causes, kind: long },
    });
    expect(body.message).toMatch(/^admission webhook "hook\.example\.com" denied the request: x{16384}…$/);
    expect(body.reason).toBe(`${"x".repeat(512)}…`);
    expect(body.details?.causes).toHaveLength(50);
    expect(JSON.stringify(body).length).toBeLessThan(128 * 1024);
  });

  test("passes on what a Status has, and nothing else", () => {
    let deep: object = {};
    for (let i = 0; i < 20_000; i++) deep = { deep };
    const details = {
      name: "a",
      kind: 5,
      retryAfterSeconds: 3,
      causes: [{ reason: "Odd", field: 1, deep }, null, "x"],
      deep,
    };
    const refused = refusalOf("hook.example.com", { reason: { deep }, details });
    expect(refused.body.details).toEqual({ name: "a", retryAfterSeconds: 3, causes: [{ reason: "Odd" }] });
    expect(JSON.stringify(refused.body)).toContain("without explanation");
  });
});
