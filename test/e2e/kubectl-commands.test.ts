/**
 * The commands about a fleet, as processes of their own, against a `plexaubnet up` with the example fleet:
 * how they find the API, what they print and how they exit.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Ended, plexaubnet, type Running, type Scratch, scratch, up } from "./up-process.ts";

let folder: Scratch;
let running: Running;
let kubeconfig: string;

beforeAll(async () => {
  folder = scratch();
  running = await up(join(folder.path, ".plexaubnet"));
  kubeconfig = join(folder.path, ".plexaubnet", "kubeconfig");
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** In namespace fleet of the running server. */
const inFleet = (...args: string[]) => plexaubnet([...args, "--kubeconfig", kubeconfig, "-n", "fleet"]);

async function ok(ending: Promise<Ended>): Promise<string> {
  const { code, stdout, stderr } = await ending;
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

/** One sentence on stderr, and nothing else. */
async function sentence(ending: Promise<Ended>, exitCode: number): Promise<string> {
  const { code, stdout, stderr } = await ending;
  expect(stdout).toBe("");
  expect(code).toBe(exitCode);
  expect(stderr).toMatch(/^plexaubnet: [^\n]+\n$/);
  return stderr;
}

describe("the way to the API", () => {
  const here = (env: Record<string, string>, cwd = folder.path) =>
    plexaubnet(["tree", "--depth", "1"], [], { cwd, env: { HOME: cwd, KUBECONFIG: "", ...env } });

  test("KUBECONFIG, else the kubeconfig of the folder that `up` was started in", async () => {
    expect(await ok(here({ KUBECONFIG: kubeconfig }, "/"))).toContain("corp ");
    expect(await ok(here({}))).toContain("corp ");
  });

  test("--context chooses; one that does not exist is named, with those that do", async () => {
    const said = await sentence(inFleet("tree", "--context", "nowhere"), 1);
    expect(said).toMatch(/there is no context "nowhere" in .*; it has plexaubnet/);
  });

  test("nothing to go by, no server, not allowed: one sentence each, and exit code 1", async () => {
    using empty = scratch();
    expect(await sentence(here({}, empty.path), 1)).toContain(
      "name one with --kubeconfig, or start `plexaubnet up`",
    );
    expect(await sentence(plexaubnet(["check", "--kubeconfig", "/no/such"]), 1)).toContain("/no/such");
    const config = parse(await running.kubectl("config", "view", "--raw", "-o", "yaml"));
    const write = (name: string, change: object): string => {
      mkdirSync(empty.path, { recursive: true });
      const file = join(empty.path, name);
      writeFileSync(file, JSON.stringify({ ...config, ...change }));
      return file;
    };
    const [{ name, cluster }] = config.clusters;
    const deaf = write("deaf", {
      clusters: [{ name, cluster: { ...cluster, server: "https://127.0.0.1:1" } }],
    });
    expect(await sentence(plexaubnet(["tree", "--kubeconfig", deaf]), 1)).toContain("https://127.0.0.1:1");
    const stranger = write("stranger", { users: [{ name: config.users[0].name, user: { token: "wrong" } }] });
    expect(await sentence(plexaubnet(["check", "--kubeconfig", stranger]), 1)).toMatch(/refused/);
  });

  test("a command line that is not understood: exit code 2", async () => {
    for (const args of [
      ["tree", "--output", "xml"],
      ["tree", "-n", "fleet", "-A"],
      ["tree", "-n", "No_Name"],
      ["claim", "corp"],
      ["claim", "corp", "--cluster", "x", "--size", "24", "--cidr", "10.0.0.0/24"],
      ["claim", "corp", "--cluster", "x", "--cidr", "10.0.0.1/24"],
      ["explain"],
      ["explain", "pod/x"],
      ["completion", "tcsh"],
    ]) {
      await sentence(plexaubnet(args), 2);
    }
  });
});

describe("tree", () => {
  test("draws the pools as `up` does", async () => {
    const tree = await ok(inFleet("tree"));
    expect(tree).toMatch(/^POOL +CIDR +USED +BLOCKS +FREE\ncorp +10\.0\.0\.0\/8 +32 %/);
    expect(running.screen).toContain(tree.trimEnd());
    expect(await ok(plexaubnet(["tree", "-A", "--kubeconfig", kubeconfig]))).toBe(tree);
  });

  test("JSON and YAML nest the children", async () => {
    const json = JSON.parse(await ok(inFleet("tree", "-o", "json")));
    expect(parse(await ok(inFleet("tree", "-o", "yaml")))).toEqual(json);
    const [corp] = json[0].pools;
    expect(corp).toMatchObject({ name: "corp", cidr: "10.0.0.0/8", allocatedCount: 4 });
    expect(corp.children.map(({ name }: { name: string }) => name)).toEqual([
      "ap-south",
      "eu-west",
      "us-east",
    ]);
  });

  test("lists what was not allocated, and marks what is not as it should be", async () => {
    const object = (kind: string, name: string, spec: object) =>
      JSON.stringify({
        apiVersion: "plexaubnet.io/v1alpha1",
        kind,
        metadata: { name, namespace: "sheet" },
        spec,
      });
    await running.kubectl("create", "namespace", "sheet");
    const objects = [
      object("SubnetPool", "dc", { cidr: "10.200.0.0/16" }),
      object("SubnetPool", "lost", { cidr: "10.201.0.0/24", parentRef: { name: "nobody" } }),
      object("Subnet", "first", { poolRef: "dc", cidr: "10.200.0.0/24", clusterID: "first" }),
    ];
    for (const each of objects) expect(await running.apply(each)).toMatchObject({ code: 0 });
    await running.kubectl("wait", "subnet/first", "-n", "sheet", "--for=jsonpath={.status.phase}=Allocated");
    await running.apply(
      object("Subnet", "twin", { poolRef: "dc", cidr: "10.200.0.128/25", clusterID: "twin" }),
    );
    await running.kubectl("wait", "subnet/twin", "-n", "sheet", "--for=jsonpath={.status.phase}=Failed");
    await running.kubectl("wait", "snp/lost", "-n", "sheet", "--for=condition=Ready=false");
    const tree = await ok(plexaubnet(["tree", "--kubeconfig", kubeconfig, "-n", "sheet"]));
    expect(tree).toMatch(/^lost .*without its block \(ParentNotFound\)$/m);
    expect(tree).toMatch(
      /^NOT ALLOCATED +POOL +CIDR +REASON\ntwin +dc +10\.200\.0\.128\/25 +Overlap +.*first/m,
    );
    const selected = ["get", "subnets", "-A", "--field-selector", "status.phase=Failed", "-o", "name"];
    expect(await running.kubectl(...selected)).toBe("subnet.plexaubnet.io/twin\n");
    await running.kubectl("delete", "namespace", "sheet");
  });

  test("a namespace without pools", async () => {
    const said = await sentence(plexaubnet(["tree", "-n", "default", "--kubeconfig", kubeconfig]), 1);
    expect(said).toContain("there is no SubnetPool in namespace default: use -A for all namespaces");
  });
});

describe("claim", () => {
  const claim = (...args: string[]) => inFleet("claim", "us-east-staging-nodes", ...args);
  /** Free in the pool, which the operator places where the order of the first second leads to. */
  const freeAddress = async () => {
    const path = "jsonpath={.spec.cidr}";
    const cidr = await running.kubectl("get", "snp", "us-east-staging-nodes", "-n", "fleet", "-o", path);
    const [first, second, third = ""] = cidr.split(".");
    return `${first}.${second}.${Number(third) + 16}.0`;
  };

  test("waits for the block and prints it; a second time it is the same", async () => {
    const block = await ok(claim("--cluster", "billing", "--size", "24", "--wait"));
    expect(block).toMatch(/^10\.\d+\.\d+\.0\/24\n$/);
    expect(await ok(claim("--cluster", "billing", "--size", "24", "--wait"))).toBe(block);
    const other = await sentence(claim("--cluster", "billing", "--size", "25", "--wait"), 1);
    expect(other).toContain("exists in namespace fleet with another spec");
    expect(await running.kubectl("get", "snc", "billing-us-east-staging-nodes", "-n", "fleet")).toContain(
      "Bound",
    );
  });

  test("an exact block, a name of one's own, and the claim as JSON", async () => {
    const cidr = `${await freeAddress()}/24`;
    const args = ["--cluster", "exact", "--cidr", cidr, "--name", "mine", "--wait", "-o", "json"];
    expect(JSON.parse(await ok(claim(...args)))).toMatchObject({
      kind: "SubnetClaim",
      metadata: { name: "mine", namespace: "fleet" },
      status: { phase: "Bound", allocatedCIDR: cidr },
    });
  });

  test("without --wait it is created and no more", async () => {
    expect(await ok(claim("--cluster", "later"))).toBe(
      "subnetclaim.plexaubnet.io/later-us-east-staging-nodes created\n",
    );
  });

  test("one that cannot be fulfilled reports why and what would help, and exits with 1", async () => {
    const late = ["--cluster", "late", "--cidr", `${await freeAddress()}/25`];
    await ok(claim(...late));
    const answered = ["wait", "snc/late-us-east-staging-nodes", "--for=condition=Ready=false"];
    await running.kubectl(...answered, "-n", "fleet", "--timeout=60s");
    const { code, stdout, stderr } = await claim(...late, "--wait", "--timeout", "1");
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("BlockTaken");
    expect(stderr).toContain("It is fulfilled automatically as soon as SubnetClaim mine is deleted.");
    const impossible = await claim("--cluster", "giant", "--size", "8", "--wait");
    expect(impossible.code).toBe(1);
    expect(impossible.stderr).toContain("allocates /22 to /26");
  });
});

describe("explain", () => {
  test("a Bound claim, a claim that waits, a pool and a Subnet", async () => {
    const bound = await ok(inFleet("explain", "datacenter-fra1"));
    expect(bound).toContain("SubnetClaim datacenter-fra1 is Bound: 10.200.0.0/16 of pool corp");
    expect(bound).toContain("It asked for exactly this block.");
    expect(bound).toMatch(/\nEVENTS\n\S+Z {2}SubnetAllocated /);
    const waiting = await ok(inFleet("explain", "claim/gpu-lab-flat"));
    expect(waiting).toContain("Its reason is PoolExhausted");
    expect(waiting).toMatch(/Free in pool corp \(10\.0\.0\.0\/8\) are 1 × \/10/);
    expect(await ok(inFleet("explain", "eu-west"))).toContain("SubnetPoolClaim eu-west is Bound");
    expect(await ok(inFleet("explain", "pool/eu-west"))).toContain("is a child of pool corp");
    const { items } = JSON.parse(await running.kubectl("get", "sn", "-n", "fleet", "-o", "json"));
    expect(await ok(inFleet("explain", `sn/${items[0].metadata.name}`))).toContain("is Allocated");
  });

  test("JSON has the facts", async () => {
    const facts = JSON.parse(await ok(inFleet("explain", "gpu-lab-flat", "-o", "json")));
    expect(facts).toMatchObject({
      kind: "SubnetClaim",
      state: "Pending",
      reason: "PoolExhausted",
      pool: { name: "corp", state: "usable", free: { "10": 1 } },
      openings: [],
    });
    expect(facts.events[0]).toMatchObject({ reason: "SubnetPoolExhausted" });
  });

  test("what is not there", async () => {
    expect(await sentence(inFleet("explain", "nobody"), 1)).toContain(
      "there is no claim, pool or Subnet nobody in namespace fleet: specify another namespace with -n.",
    );
    const astray = (...words: string[]) => plexaubnet([...words, "--kubeconfig", kubeconfig]);
    for (const name of ["gpu-lab-flat", "claim/gpu-lab-flat"])
      expect(await sentence(astray("explain", name), 1)).toContain(
        "gpu-lab-flat in namespace default; it is in namespace fleet: add -n fleet.",
      );
    expect(await sentence(astray("explain", "pool/gpu-lab-flat"), 1)).toContain(
      "specify another namespace with -n.",
    );
  });

  test("a claim on a pool that only another namespace has is not made; one on a pool that may come is", async () => {
    const claim = (pool: string) =>
      plexaubnet(["claim", pool, "--cluster", "astray", "--kubeconfig", kubeconfig]);
    expect(await sentence(claim("corp"), 1)).toContain(
      "there is no SubnetPool corp in namespace default; it is in namespace fleet: add -n fleet.",
    );
    expect(await ok(claim("later"))).toContain("astray-later created");
    const names = await running.kubectl("get", "subnetclaims", "-n", "default", "-o", "name");
    expect(names.trim()).toBe("subnetclaim.plexaubnet.io/astray-later");
    await running.kubectl("delete", "subnetclaim", "astray-later", "-n", "default");
  });
});

describe("check", () => {
  test("a fleet at work keeps its promises; one that is tampered with does not", async () => {
    expect(await ok(inFleet("check"))).toMatch(/^No violations, in 29 pools, \d+ claims, 27 pool claims/);
    // Behind the operator's back, as an unknown client with too many rights would: a status that it is not
    // asked for.
    const release = await tamperedBlock();
    const { code, stdout } = await inFleet("check", "--settle", "0", "-o", "json");
    expect(code).toBe(1);
    const { ok: isOk, violations } = JSON.parse(stdout);
    expect(isOk).toBe(false);
    expect(violations).toContainEqual(expect.objectContaining({ invariant: "overlap" }));
    const { stdout: table } = await inFleet("check", "--settle", "0");
    expect(table).toMatch(/^PROMISE +NAMESPACE +OBJECT +WHAT IS WRONG\noverlap +fleet +Subnet /);
    await release();
    expect(await ok(inFleet("check", "--settle", "60"))).toContain("No violations");
  });

  /** A second block over one that is allocated, written Allocated by hand. */
  async function tamperedBlock(): Promise<() => Promise<unknown>> {
    const manifest = `{apiVersion: plexaubnet.io/v1alpha1, kind: Subnet, metadata: {name: forged, namespace: fleet},
      spec: {poolRef: corp, cidr: 10.200.0.0/24, clusterID: forger}}`;
    await running.apply(`---\n${manifest}`);
    await running.kubectl("wait", "subnet/forged", "-n", "fleet", "--for=jsonpath={.status.phase}=Failed");
    const status = JSON.stringify({ status: { phase: "Allocated" } });
    await running.kubectl(
      "patch",
      "sn",
      "forged",
      "-n",
      "fleet",
      "--subresource=status",
      "--type=merge",
      "-p",
      status,
    );
    return () => running.kubectl("delete", "subnet", "forged", "-n", "fleet");
  }
});

describe("completion", () => {
  test.each(["bash", "zsh", "fish"])("a script for %s that names the commands", async (shell) => {
    const script = await ok(plexaubnet(["completion", shell]));
    for (const command of ["up", "tree", "claim", "explain", "check", "completion"])
      expect(script).toContain(command);
  });
});
