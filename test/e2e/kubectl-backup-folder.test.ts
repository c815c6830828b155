/**
 * The data directory of `up` as a backup of itself, and as what a snapshot of etcd is to a cluster: the past.
 */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { plexaubnet, type Running, type Scratch, scratch, up } from "./up-process.ts";

let folder: Scratch;
beforeAll(() => {
  folder = scratch();
});
afterAll(() => folder[Symbol.dispose]());

const API = "plexaubnet.io/v1alpha1";
const claim = (name: string) => ({
  apiVersion: API,
  kind: "SubnetClaim",
  metadata: { name },
  spec: { poolRef: "corp", clusterID: name },
});

async function stopped(running: Running): Promise<void> {
  running.child.kill("SIGTERM");
  await running.ended;
}

async function claimed(running: Running, name: string): Promise<string> {
  await running.apply(stringify(claim(name)));
  await running.kubectl("wait", "--for=condition=Ready", `subnetclaim/${name}`);
  return running.kubectl("get", "subnetclaim", name, "-o", "jsonpath={.status.allocatedCIDR}");
}

test("a copy of the whole folder, taken while it is stopped, is whole; what came after it is named by `check --against`", async () => {
  const data = join(folder.path, ".plexaubnet");
  const copy = join(folder.path, "copy");
  const newer = join(folder.path, "newer.yaml");
  const kubeconfig = ["--kubeconfig", join(data, "kubeconfig")];

  const first = await up(data, "--no-examples");
  await first.apply(
    stringify({
      apiVersion: API,
      kind: "SubnetPool",
      metadata: { name: "corp" },
      spec: { cidr: "10.0.0.0/16" },
    }),
  );
  const before = await claimed(first, "before");
  await stopped(first);
  cpSync(data, copy, { recursive: true });

  const second = await up(data, "--no-examples");
  const after = await claimed(second, "after");
  const exported = await plexaubnet(["export", "-o", newer, ...kubeconfig]);
  expect(exported.code, exported.stderr).toBe(0);
  await stopped(second);

  rmSync(data, { recursive: true });
  cpSync(copy, data, { recursive: true });
  const third = await up(data, "--no-examples");
  try {
    expect(
      await third.kubectl("get", "subnetclaim", "before", "-o", "jsonpath={.status.allocatedCIDR}"),
    ).toBe(before);
    // Before any new claim is served.
    await third.kubectl("patch", "subnetpool", "corp", "--type=merge", "-p", '{"spec":{"paused":true}}');
    const check = await plexaubnet(["check", "--against", newer, ...kubeconfig]);
    expect(check.code).toBe(1);
    expect(check.stdout).toMatch(
      /missing +default +SubnetClaim after +is in the backup, and not in the cluster/,
    );
    await third.apply(stringify(claim("newcomer")));
    await third.kubectl(
      "wait",
      "subnetclaim/newcomer",
      "--for=jsonpath={.status.conditions[?(@.type=='Ready')].reason}=PoolPaused",
    );
    const restored = await plexaubnet(["restore", newer, ...kubeconfig]);
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    await third.kubectl("patch", "subnetpool", "corp", "--type=merge", "-p", '{"spec":{"paused":false}}');
    await third.kubectl("wait", "--for=condition=Ready", "subnetclaim/newcomer");
    expect(await third.kubectl("get", "subnetclaim", "after", "-o", "jsonpath={.status.allocatedCIDR}")).toBe(
      after,
    );
    expect((await plexaubnet(["check", "--against", newer, ...kubeconfig])).code).toBe(0);
  } finally {
    await third[Symbol.asyncDispose]();
  }
});
