import { expect, test } from "vitest";
import { patchObject, readReview } from "./review.ts";

const answer = (response: object) => ({
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  response: { uid: "u", allowed: true, ...response },
});
const patchOf = (text: string) => ({ patchType: "JSONPatch", patch: Buffer.from(text).toString("base64") });

test("the patch in a webhook's answer is nested no deeper than a request", () => {
  const value = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
  const patch = readReview(answer(patchOf(`[{"op":"add","path":"/a","value":${value}}]`)), "u");
  expect(patch).toMatchObject({ ok: false, error: expect.stringContaining("256 levels") });
});

test("a webhook's patch copies no more than a client's", () => {
  const doubling = Array.from({ length: 26 }, (_, i) => ({ op: "copy", from: "/a", path: `/a/n${i}` }));
  const read = readReview(answer(patchOf(JSON.stringify(doubling))), "u");
  if (!read.ok) throw new Error(read.error);
  expect(patchObject({ a: { b: "x" } }, read.value.patch)).toMatchObject({
    ok: false,
    error: expect.stringContaining("copy"),
  });
});

test("a webhook's warnings are cut in number and in length, whatever they are", () => {
  const warnings = Array.from({ length: 10_000 }, () => ({ text: "w".repeat(1_000) }));
  const read = readReview(answer({ warnings }), "u");
  if (!read.ok) throw new Error(read.error);
  expect(read.value.warnings.length).toBeLessThanOrEqual(100);
  for (const warning of read.value.warnings) expect(warning.length).toBeLessThanOrEqual(257);
});
