/**
 * The commands about load balancers, as processes, against the example that `up` brings: from drift to a
 * closed incident.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { IP_ADDRESS_POOLS, SERVICES } from "../../src/balancers/sync/index.ts";
import { clusterConfigFor, createClient, loadKubeconfig } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { type Ended, plexaubnet, scratch, up } from "./up-process.ts";

const FIVE = [
  "pool-missing-in-ledger pool/gpu-public",
  "pool-missing-in-cluster pool/old-dc",
  "range-differs pool/public-b",
  "usage-unrecorded service/gpu/inference/192.0.2.64",
  "usage-gone service/shop/old-checkout/203.0.113.9",
];

interface Row {
  readonly kind: string;
  readonly subject: string;
}

/** The command against the cluster and the ledger of this folder. */
function commandIn(folder: string): (...words: string[]) => Promise<Ended> {
  const ledger = `sqlite:${join(folder, "ledger.db")}`;
  const places = ["--kubeconfig", join(folder, "kubeconfig"), "--ledger", ledger];
  return (...words) => plexaubnet([...words, ...places]);
}

function rowsIn({ stdout }: Ended): readonly string[] {
  return (JSON.parse(stdout) as readonly Row[]).map(({ kind, subject }) => `${kind} ${subject}`);
}

test("RC-03 RC-04 RC-07 RC-08 the planted differences are named, repaired and explained, and nothing is left", async () => {
  using folder = scratch();
  await using _ = await up(folder.path);
  const run = commandIn(folder.path);

  const diff = await run("lb", "diff", "-o", "json");
  expect(rowsIn(diff)).toEqual(FIVE);
  expect(diff.code).toBe(2);

  const dryRun = await run("lb", "repair", "--dry-run", "-o", "markdown");
  expect(dryRun.stdout).toContain("5 to do, 0 held back, 0 stopped.");
  expect(rowsIn(await run("lb", "diff", "-o", "json"))).toEqual(FIVE);

  const repair = await run("lb", "repair");
  expect(repair).toMatchObject({ code: 0, stderr: "" });
  expect(await run("lb", "diff")).toMatchObject({ code: 0, stdout: "Ledger and cluster are in sync.\n" });

  const history = await run("lb", "history");
  for (const action of [
    "pool.create",
    "pool.update",
    "pool.delete",
    "usage.active",
    "usage.released",
    "plan.applied",
  ]) {
    expect(history.stdout).toContain(action);
  }
  const { stdout: analysis } = await run("rca", "show");
  expect(analysis).toContain("**Status:** Monitoring");
  expect(analysis).toContain("1. **Look-up without an answer:**");
  expect(analysis).toContain("2. **Data desynchronisation:**");
  expect((await run("rca", "show", "-o", "html")).stdout).toMatch(/^<!doctype html>/);
});

test("RC-01 RC-02 a load balancer in a pool that the ledger lacks works, is recorded as discovered, and is found in seconds", async () => {
  using folder = scratch();
  await using _ = await up(folder.path);
  const run = commandIn(folder.path);
  await run("lb", "repair");
  const client = createClient(clusterConfigFor(loadKubeconfig({ file: join(folder.path, "kubeconfig") })), {
    kernel: systemKernel,
  });
  await client.create(IP_ADDRESS_POOLS, {
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { name: "edge", namespace: "metallb-system" },
    spec: { addresses: ["192.0.2.16/30"], autoAssign: false },
  });
  const edge = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "edge", namespace: "shop", annotations: { "metallb.io/address-pool": "edge" } },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  };
  await client.create(SERVICES, edge);
  await client.close();
  await expect
    .poll(async () => (await run("lb", "usage")).stdout)
    .toMatch(/discovered\s+192\.0\.2\.16\s+shop\/edge\s+edge \(not in the ledger\)/);
  const { stdout: analysis } = await run("rca", "show");
  expect(analysis).toContain("No pool of the ledger holds 192.0.2.16");
  expect(analysis).toContain("**Status:** Investigating");
  expect(await run("lb", "sync", "--once", "--mode", "create-only")).toMatchObject({ code: 0 });
  expect((await run("rca", "show")).stdout).toContain("**Status:** Monitoring");
});

test("RC-04 a plan that was edited, a ledger that is not there and settings that are wrong are a sentence each", async () => {
  using folder = scratch();
  await using _ = await up(folder.path);
  const kubeconfig = ["--kubeconfig", join(folder.path, "kubeconfig")];
  const places = [...kubeconfig, "--ledger", `sqlite:${join(folder.path, "ledger.db")}`];
  const file = join(folder.path, "plan.json");
  expect(await plexaubnet(["lb", "plan", "--out", file, ...places])).toMatchObject({ code: 2 });
  const plan = JSON.parse(readFileSync(file, "utf8"));
  plan.steps[0].after.ranges = ["10.0.0.0/8"];
  writeFileSync(file, JSON.stringify(plan));
  const sentence = async (...words: string[]) => {
    const ended = await plexaubnet(words);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^plexaubnet: [^\n]+\.\n$/);
    return ended.stderr;
  };
  expect(await sentence("lb", "apply", file, ...places)).toContain("was changed after it was made");
  expect(await sentence("lb", "apply", "no-such-plan", ...places)).toContain("no-such-plan is neither");
  expect(
    await sentence("lb", "diff", ...kubeconfig, "--ledger", "mysql://u:hunter2@127.0.0.1:1/x"),
  ).toContain("cannot be reached");
  expect(
    await sentence("lb", "diff", ...kubeconfig, "--ledger", "mysql://u:hunter2@127.0.0.1:1/x"),
  ).not.toContain("hunter2");
  writeFileSync(join(folder.path, "settings.yaml"), "mode: everything\n");
  expect(await sentence("lb", "diff", ...places, "--config", join(folder.path, "settings.yaml"))).toContain(
    "mode must be one of",
  );
});
