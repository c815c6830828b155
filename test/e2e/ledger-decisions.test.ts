/** What people ask the ledger, and what they decide, by the commands as processes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { IP_ADDRESS_POOLS, SERVICES } from "../../src/balancers/sync/index.ts";
import { clusterConfigFor, createClient, loadKubeconfig } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { type Ended, plexaubnet, scratch, up } from "./up-process.ts";

function commandIn(folder: string): (...words: string[]) => Promise<Ended> {
  const places = [
    "--kubeconfig",
    join(folder, "kubeconfig"),
    "--ledger",
    `sqlite:${join(folder, "ledger.db")}`,
  ];
  return (...words) => plexaubnet([...words, ...places]);
}

const POOL = {
  apiVersion: "metallb.io/v1beta1",
  kind: "IPAddressPool",
  metadata: { name: "shop-b", namespace: "metallb-system" },
  spec: { addresses: ["198.51.100.0/27"] },
};

test("RC-01 RC-04 an IP is looked up, a renamed pool repaired at once, and what no plan can end is decided", async () => {
  using folder = scratch();
  await using _ = await up(folder.path);
  const run = commandIn(folder.path);
  const notFound = await run("lb", "lookup", "192.0.2.64");
  expect(notFound.code).toBe(2);
  expect(notFound.stdout).toContain("no pool of the ledger holds 192.0.2.64");
  expect(await run("lb", "repair")).toMatchObject({ code: 0 });
  const found = await run("lb", "lookup", "192.0.2.64", "-o", "json");
  expect(JSON.parse(found.stdout)).toMatchObject({
    result: "found",
    cluster: "default",
    pool: { name: "gpu-public" },
    usages: [{ namespace: "gpu", service: "inference", state: "active", since: expect.stringMatching(/Z$/) }],
  });
  expect(await run("lb", "lookup", "nonsense")).toMatchObject({ code: 1, stdout: "" });

  const kubeconfig = loadKubeconfig({ file: join(folder.path, "kubeconfig") });
  const client = createClient(clusterConfigFor(kubeconfig), { kernel: systemKernel });
  await client.delete(IP_ADDRESS_POOLS, { namespace: "metallb-system", name: "public-b" });
  await client.create(IP_ADDRESS_POOLS, POOL);
  const repair = await run("lb", "repair");
  expect(repair).toMatchObject({ code: 0 });
  expect(repair.stdout).toContain("pool-rename");

  const stray = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "stray", namespace: "shop", annotations: { "metallb.io/address-pool": "none" } },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  };
  await client.create(SERVICES, stray);
  const status = { status: { loadBalancer: { ingress: [{ ip: "10.9.9.9" }] } } };
  await client.patch(SERVICES, { namespace: "shop", name: "stray" }, "merge", status, {
    subresource: "status",
  });
  await client.close();
  expect(await run("lb", "repair")).toMatchObject({ code: 2 });
  const held = await run("lb", "resolve", "-o", "json");
  const subject = "service/shop/stray/10.9.9.9";
  const command = `plexaubnet lb resolve ${subject} --accept`;
  expect(JSON.parse(held.stdout)).toMatchObject([{ kind: "ip-outside-every-pool", subject, command }]);
  expect(await run("lb", "resolve", subject, "--accept", "--reason", "a test")).toMatchObject({
    code: 0,
    stderr: "",
  });
  expect(await run("lb", "diff")).toMatchObject({ code: 0 });
  expect((await run("lb", "history", "--limit", "3")).stdout).toContain("decision.save");
});

test("RC-04 RC-05 another name for the cluster, a mode that only observes and words that are not a command are a sentence each", async () => {
  using folder = scratch();
  await using _ = await up(folder.path);
  const run = commandIn(folder.path);
  const sentence = async (...words: string[]) => {
    const ended = await run(...words);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^plexaubnet: [^\n]+\.\n$/);
    return ended.stderr;
  };
  expect(await sentence("lb", "diff", "--cluster", "defualt")).toContain("say --cluster default");
  const file = join(folder.path, "settings.yaml");
  writeFileSync(file, "mode: observe\n");
  expect(await sentence("lb", "repair", "--config", file)).toContain("use --mode create-only");
  expect(await run("lb", "repair", "--config", file, "--mode", "sync")).toMatchObject({ code: 0 });
  expect(await sentence("lb", "diff", "--nope")).toContain("unknown option");
  const bare = await plexaubnet(["lb"]);
  expect(bare).toMatchObject({ code: 1 });
  expect(bare.stderr).toContain("a command is missing: see `plexaubnet lb --help`.");
  const [incident = ""] = (await run("rca", "list")).stdout.match(/INC-\S+/) ?? [];
  expect(await sentence("rca", "show", incident, "--cluster", "other")).toContain(
    "the cluster other has no incident",
  );
  expect((await run("lb", "history", "--cluster", "other")).stdout).not.toContain("gpu");
});
