/** Keeps names that say nothing out of the tree. */
import { expect, test } from "vitest";
import { sourceFiles } from "./sources.ts";

const EMPTY_NAMES = /^(utils?|helpers?|common|misc|shared|stuff|lib)$/;

test("no folder or file is called utils, helpers, common or misc", () => {
  const offences = ["src", "test", "bench", "scripts", "console/src"]
    .flatMap(sourceFiles)
    .map((file) => file.path)
    .filter((path) => path.split("/").some((part) => EMPTY_NAMES.test(part.replace(/\.(test\.)?tsx?$/, ""))));
  expect(offences).toEqual([]);
});

test("files are named in kebab-case", () => {
  const offences = ["src", "test", "bench", "scripts", "console/src"]
    .flatMap(sourceFiles)
    .map((file) => file.path)
    .filter((path) => !/^[a-z0-9-]+(\.test)?\.tsx?$/.test(path.split("/").at(-1) ?? ""));
  expect(offences).toEqual([]);
});
