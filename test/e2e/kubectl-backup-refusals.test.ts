/**
 * `restore`, `export` and `check --against` for backups that are not as they must be: what they say, and what
 * they leave alone.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { type AnyObject, objectsIn } from "./backup-fleet.ts";
import { plexaubnet, type Running, type Scratch, scratch, up } from "./up-process.ts";

let folder: Scratch;
let running: Running;
let kubeconfig: string;
let documents: readonly AnyObject[];

beforeAll(async () => {
  folder = scratch();
  const data = join(folder.path, ".plexaubnet");
  running = await up(data, "--no-examples", "--in-memory");
  kubeconfig = join(data, "kubeconfig");
  await running.kubectl("create", "namespace", "before");
  const manifest = ["a", "b", "c", "d"].map((name) => ({
    apiVersion: "plexaubnet.io/v1alpha1",
    kind: "SubnetClaim",
    metadata: { name, namespace: "before" },
    spec: { poolRef: "corp", clusterID: name },
  }));
  const corp = {
    apiVersion: "plexaubnet.io/v1alpha1",
    kind: "SubnetPool",
    metadata: { name: "corp", namespace: "before" },
    spec: { cidr: "10.0.0.0/16", defaultBlockSize: 24 },
  };
  await running.apply([corp, ...manifest].map((object) => stringify(object)).join("---\n"));
  await running.kubectl("wait", "-n", "before", "--for=condition=Ready", "subnetclaims", "--all");
  const { stdout } = await cli("export", "-n", "before");
  documents = parseAllDocuments(stdout).map((document) => document.toJS() as AnyObject);
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const cli = (...args: string[]) => plexaubnet([...args, "--kubeconfig", kubeconfig]);

function fileOf(name: string, objects: readonly object[]): string {
  const file = join(folder.path, name);
  writeFileSync(file, objects.map((object) => stringify(object)).join("---\n"));
  return file;
}

const named = (kind: string, name: string) =>
  documents.find((object) => object.kind === kind && object.metadata.name === name) as AnyObject;
const claims = () => documents.filter(({ kind }) => kind === "SubnetClaim");
const labelsOf = (name: string) => named("SubnetClaim", name).metadata.labels as Record<string, string>;

function withLabels(name: string, labels: Record<string, string>): AnyObject {
  const { metadata, ...object } = named("SubnetClaim", name);
  return { ...object, metadata: { ...metadata, labels: { ...labelsOf(name), ...labels } } };
}

/** A pool that is too small for one claim, two claims of one block, and what is none of ours. */
function faulty(): string {
  const [first, second] = ["a", "b"].map((name) => labelsOf(name)["plexaubnet.io/block"] ?? "");
  return fileOf("faulty.yaml", [
    named("SubnetPool", "corp"),
    withLabels("a", { "plexaubnet.io/block": first ?? "" }),
    withLabels("b", { "plexaubnet.io/block": first ?? second ?? "" }),
    withLabels("c", { "plexaubnet.io/block": "10.9.0.0_24" }),
    named("SubnetClaim", "d"),
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "other" } },
  ]);
}

test("each object reports what is wrong with it, and nothing is written", async () => {
  const { code, stdout, stderr } = await cli("restore", faulty(), "-n", "damaged");
  expect(code).toBe(1);
  expect(stdout).toBe("");
  const lines = stderr.trimEnd().split("\n");
  expect(lines).toHaveLength(5);
  expect(lines[0]).toMatch(
    /^.*faulty\.yaml:\d+: ConfigMap other: is of kind ConfigMap, which is not part of a backup of Plexaubnet/,
  );
  expect(lines[1]).toMatch(
    /faulty\.yaml:\d+: SubnetClaim damaged\/a: has 10\.0\.\d\.0\/24, which SubnetClaim b at .*faulty\.yaml:\d+ has/,
  );
  expect(lines[2]).toMatch(/SubnetClaim damaged\/b: has /);
  expect(lines[3]).toMatch(/SubnetClaim damaged\/c: has 10\.9\.0\.0\/24, which is outside pool corp/);
  expect(lines[4]).toMatch(
    /^plexaubnet: nothing was restored: 4 objects are invalid in .*faulty\.yaml, and 2 are valid; /,
  );
  const { stdout: namespaces } = await running.tryKubectl(["get", "namespaces", "-o", "name"]);
  expect(namespaces).not.toContain("damaged");
});

test("--dry-run reports what would be created, and creates nothing", async () => {
  const whole = fileOf("whole.yaml", documents);
  const { code, stdout } = await cli("restore", whole, "-n", "dry", "--dry-run");
  expect(code).toBe(0);
  expect(stdout).toContain("SubnetClaim dry/a would be created if it does not exist\n");
  const { stdout: namespaces } = await running.tryKubectl(["get", "namespaces", "-o", "name"]);
  expect(namespaces).not.toContain("dry");
});

test("--skip-faulty restores the rest, and exits with 1", async () => {
  const { code, stdout, stderr } = await cli("restore", faulty(), "-n", "rest", "--skip-faulty");
  expect(code, stderr).toBe(1);
  expect(stdout).toMatch(
    /^Restored: 2 created, 0 existed already, 4 skipped because they are invalid; each of the 1 claims/,
  );
  const names = (await objectsIn(running, "rest")).filter(({ kind }) => kind === "SubnetClaim");
  expect(names.map(({ metadata }) => metadata.name)).toEqual(["d"]);
});

test("a cluster in which another claim has the block by now: refused; check names it", async () => {
  await running.kubectl("create", "namespace", "taken");
  const pool = named("SubnetPool", "corp");
  await running.apply(stringify({ ...pool, metadata: { name: "corp", namespace: "taken" } }));
  const thief = {
    poolRef: "corp",
    clusterID: "thief",
    requestedCIDR: labelsOf("a")["plexaubnet.io/block"]?.replace("_", "/"),
  };
  const object = {
    apiVersion: pool.apiVersion,
    kind: "SubnetClaim",
    metadata: { name: "thief", namespace: "taken" },
    spec: thief,
  };
  await running.apply(stringify(object));
  await running.kubectl("wait", "-n", "taken", "--for=condition=Ready", "subnetclaim/thief");
  const file = fileOf("taken.yaml", [pool, ...claims()]);
  const restored = await cli("restore", file, "-n", "taken");
  expect(restored.code).toBe(1);
  expect(restored.stderr).toMatch(
    /SubnetClaim taken\/a: has .*, which \w+ [\w-]+ in the cluster has: delete that one, or remove this one from the file\.\n/,
  );
  const check = await cli("check", "-n", "taken", "--against", file, "-o", "json");
  expect(check.code).toBe(1);
  const { ok, against } = JSON.parse(check.stdout);
  expect(ok).toBe(false);
  expect(
    against.differences
      .map((each: { difference: string; object: string }) => `${each.difference} ${each.object}`)
      .sort(),
  ).toEqual(["a", "b", "c", "d"].map((name) => `missing SubnetClaim ${name}`));
});

test("a claim that came without its record is reported, and gets its block; one that has another is refused", async () => {
  await running.kubectl("create", "namespace", "late");
  const bare = claims().map(({ metadata: { name }, ...object }) => ({
    ...object,
    metadata: { name, namespace: "late" },
  }));
  // No pool is there yet, so all of them wait.
  await running.apply(bare.map((object) => stringify(object)).join("---\n"));
  const file = fileOf("late.yaml", documents);
  const { code, stdout, stderr } = await cli("restore", file, "-n", "late");
  expect(code, stdout + stderr).toBe(0);
  const [first, second] = ["a", "b"].map((name) => labelsOf(name)["plexaubnet.io/block"] ?? "");
  const swapped = fileOf("swapped.yaml", [
    withLabels("a", { "plexaubnet.io/block": second ?? "" }),
    withLabels("b", { "plexaubnet.io/block": first ?? "" }),
  ]);
  const refused = await cli("restore", swapped, "-n", "late");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /SubnetClaim late\/a: has \S+ in the cluster, and \S+ in the file: delete it in the cluster, or remove it from the file\.\n/,
  );
  const check = await cli("check", "-n", "late", "--against", swapped);
  expect(check.code).toBe(1);
  expect(check.stdout).toMatch(/moved +late +SubnetClaim a +has \S+, and had \S+ in the backup/);
});

test("a file that is none, or none of ours, or of other namespaces: one sentence", async () => {
  const broken = join(folder.path, "broken.yaml");
  writeFileSync(broken, 'a: "b\n');
  expect((await cli("restore", broken)).stderr).toMatch(
    /^plexaubnet: .*broken\.yaml:\d+ is neither YAML nor JSON: .*\n$/,
  );
  expect((await cli("restore", join(folder.path, "none.yaml"))).stderr).toMatch(
    /^plexaubnet: .*none\.yaml cannot be read \(ENOENT\)/,
  );
  expect((await cli("check", "--against", broken)).code).toBe(1);
  const many = fileOf(
    "many.yaml",
    ["one", "two"].map((namespace) => ({
      ...named("SubnetPool", "corp"),
      metadata: { name: "corp", namespace },
    })),
  );
  expect((await cli("restore", many, "-n", "three")).stderr).toMatch(
    /contains nothing from namespace three: it contains one, two\.\n$/,
  );
  expect(readFileSync(many, "utf8")).toContain("namespace: two");
});
