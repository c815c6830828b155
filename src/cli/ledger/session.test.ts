import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { actorHere, configFor } from "./session.ts";

test("settings that are not there are said to be missing", () => {
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-test-"));
  try {
    const file = join(folder, "nope.yaml");
    expect(() => configFor({ config: file })).toThrow(
      `there is no file ${file}: specify a file with settings in --config`,
    );
    expect(() => configFor({ config: folder })).toThrow(
      `${folder} is a folder: specify a file with settings in --config`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the audit log names the user, also where the environment does not", () => {
  expect(actorHere({ USER: "ada" })).toBe("cli:ada");
  expect(actorHere({})).toBe(`cli:${userInfo().username}`);
});
