/**
 * The example fleet as a user of any cluster would apply it: by kubectl.
 */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { scratch, up } from "./up-process.ts";

const FOLDER = fileURLToPath(new URL("../../examples/fleet/", import.meta.url));

test("kubectl applies the example fleet, all claims but one are served, and a second time changes nothing", async () => {
  using folder = scratch();
  await using running = await up(folder.path, "--no-examples");
  const applied = await running.kubectl("apply", "-f", FOLDER);
  expect(applied.split("\n").filter((line) => line.endsWith(" created"))).toHaveLength(160);
  const fields =
    '{range .items[*]}{.status.phase} {.status.conditions[?(@.type=="Ready")].reason}{"\\n"}{end}';
  const answers = async () => {
    const text = await running.kubectl("get", "subnetclaims", "-n", "fleet", "-o", `jsonpath=${fields}`);
    return Object.entries(Object.groupBy(text.trim().split("\n"), (line) => line))
      .map(([answer, lines = []]) => `${lines.length} ${answer}`)
      .sort();
  };
  const complete = ["1 Pending PoolExhausted", "129 Bound Bound"];
  await expect.poll(answers).toEqual(complete);
  const again = await running.tryKubectl(["apply", "-f", FOLDER]);
  expect(again).toMatchObject({ code: 0, stderr: "" });
  expect(
    again.stdout
      .trim()
      .split("\n")
      .filter((line) => !line.endsWith(" unchanged")),
  ).toEqual([]);
});
