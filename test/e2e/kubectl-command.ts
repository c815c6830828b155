/** The real kubectl as a user in the fleet's namespace types it. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { NAMESPACE } from "../integration/fleet-world.ts";
import { giveInput } from "./give-input.ts";

/**
 * Standard output; rejects with what kubectl prints when it fails.
 *
 * @param home a folder with a `kubeconfig`.
 * @param input goes to standard input.
 */
export function kubectlIn(home: string, args: readonly string[], input = ""): Promise<string> {
  const env = { ...process.env, HOME: home, KUBECONFIG: join(home, "kubeconfig") };
  return new Promise((resolve, reject) => {
    const child = execFile("kubectl", ["-n", NAMESPACE, ...args], { env }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr));
    });
    giveInput(child.stdin, input);
  });
}

/** The first row of what `kubectl get` prints, by heading. Cells are cut where the headings begin. */
export function firstRow(table: string): Record<string, string> {
  const [head = "", line = ""] = table.split("\n");
  const headings = [...head.matchAll(/\S+\s*/g)];
  return Object.fromEntries(
    headings.map(({ 0: heading, index }) => [
      heading.trim(),
      line.slice(index, index + heading.length).trim(),
    ]),
  );
}
