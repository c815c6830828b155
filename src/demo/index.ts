/**
 * What `plexaubnet up` shows on its first start: a fleet of pools and claims, and load balancers beside a ledger that
 * differs from them. No other part of the product depends on it.
 */
import { fileURLToPath } from "node:url";
import { type BalancerDemo, type BalancerDemoOptions, startBalancerDemo } from "./balancer-demo.ts";
import { applyExamples, hadExamples } from "./first-start.ts";
import { readManifests } from "./manifests.ts";

export type { BalancerDemo } from "./balancer-demo.ts";
export { ManifestError } from "./manifests.ts";

const FLEET = fileURLToPath(new URL("../../examples/fleet/", import.meta.url));

export interface DemoOptions extends BalancerDemoOptions {
  /** Called with what is done next, for people. */
  readonly onProgress: (text: string) => void;
}

/**
 * Applies the examples once, and keeps the comparison of load balancers running until it is stopped.
 *
 * @throws ManifestError when an example cannot be applied
 */
export async function startDemo(options: DemoOptions): Promise<BalancerDemo> {
  const { client, signal, onProgress } = options;
  if (!(await hadExamples(client, signal))) {
    const manifests = readManifests(FLEET);
    onProgress(`applying ${manifests.length} objects of examples/fleet`);
    await applyExamples(client, manifests, signal);
  }
  onProgress("comparing examples/load-balancers with a ledger that differs from it on purpose");
  return startBalancerDemo(options);
}
