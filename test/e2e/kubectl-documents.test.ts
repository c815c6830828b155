/**
 * The README and the guide, typed into a shell by a user who believes them.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { scratch, up } from "./up-process.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The `sh` blocks that are about kubectl, one below the other. */
function kubectlScript(file: string): string {
  const text = readFileSync(join(ROOT, file), "utf8");
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = ""]) => block);
  return blocks.filter((block) => block.includes("kubectl")).join("");
}

/** Runs a script in a folder, with that folder for a home; it stops at the first command that fails. */
function runScript(script: string, folder: string): Promise<{ code: number; output: string }> {
  const env = { ...process.env, HOME: folder, KUBECONFIG: join(folder, "none") };
  return new Promise((resolve) => {
    execFile("bash", ["-e", "-c", script], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr }),
    );
  });
}

test.each([
  ["README.md", /^billing-nodes +Bound +billing +us-east-staging-nodes +10\.\d+\.\d+\.0\/24 /m],
  ["docs/guide/first-pool.md", /^subnetclaim\.plexaubnet\.io\/alpha +Bound +alpha +lab +172\.16\.1\.0\/24 /m],
])("every kubectl command of %s works", async (file, expected) => {
  using folder = scratch();
  await using _running = await up(join(folder.path, ".plexaubnet"));
  const script = kubectlScript(file);
  expect(script.split("\n").length).toBeGreaterThan(10);
  const { code, output } = await runScript(script, folder.path);
  expect(output).toMatch(expected);
  expect(code, output).toBe(0);
});

test("the README shows the screen as it is", async () => {
  using folder = scratch();
  await using running = await up(folder.path);
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const screen = /```\n(Plexaubnet.*?)```/s.exec(readme)?.[1] ?? "";
  // Which cluster comes first is decided again at every first start, and widths follow from that.
  const comparable = (text: string) =>
    text
      .split("\n")
      .map((line) =>
        line
          .replace(/(10\.|2001:)\S+/g, "BLOCK")
          .replace(/http:\S+/, "LINK")
          // What is cut off depends on the widths.
          .replace(/ \S* …$/, "")
          .replace(/ {2,}/g, "  ")
          .trim(),
      )
      .filter((line) => line !== "" && line !== "…");
  const shown = comparable(running.screen);
  for (const line of comparable(screen).slice(1)) expect(shown).toContain(line);
});
