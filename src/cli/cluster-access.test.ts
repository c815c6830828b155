import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { localKubeconfig } from "./cluster-access.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cluster-access-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(...path: readonly string[]): string {
  const file = join(folder, ...path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, "");
  return file;
}

test("the kubeconfig of `plexaubnet up` in this folder is found when nothing else names a cluster", () => {
  const file = write(".plexaubnet", "kubeconfig");
  expect(localKubeconfig({ HOME: folder }, folder)).toBe(file);
});

test("KUBECONFIG and the one in the home folder come first", () => {
  write(".plexaubnet", "kubeconfig");
  expect(localKubeconfig({ HOME: folder, KUBECONFIG: "/elsewhere" }, folder)).toBeUndefined();
  write(".kube", "config");
  expect(localKubeconfig({ HOME: folder }, folder)).toBeUndefined();
});

test("where there is none, a sentence names both places and the cures", () => {
  expect(() => localKubeconfig({ HOME: folder }, folder)).toThrow(
    /neither .*\.kube\/config nor .*\.plexaubnet\/kubeconfig: name one with --kubeconfig, or start `plexaubnet up`/,
  );
});
