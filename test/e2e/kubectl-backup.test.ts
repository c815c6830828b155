/**
 * A fleet that comes back in the shapes that backup tools give it, the operator running all the while: each
 * claim has the block that it had, whatever is restored first and whatever is missing.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { LONG } from "../budget.ts";
import { type AnyObject, blocksOf, makeFleet, objectsIn } from "./backup-fleet.ts";
import { plexaubnet, type Running, type Scratch, scratch, up } from "./up-process.ts";

const SOURCE = "before";
/** Seconds that the operator may take. */
const SETTLE = "60";

let folder: Scratch;
let running: Running;
let kubeconfig: string;
let saved: readonly AnyObject[];
let exported: readonly AnyObject[];
let exportFile: string;
let savedFile: string;

beforeAll(async () => {
  folder = scratch();
  const data = join(folder.path, ".plexaubnet");
  running = await up(data, "--no-examples", "--in-memory");
  kubeconfig = join(data, "kubeconfig");
  await makeFleet(running, SOURCE);
  saved = await objectsIn(running, SOURCE);
  savedFile = join(folder.path, "saved.json");
  writeFileSync(savedFile, JSON.stringify({ apiVersion: "v1", kind: "List", items: saved }));
  exportFile = join(folder.path, "fleet.yaml");
  const { code, stderr } = await cli("export", "-n", SOURCE, "-o", exportFile);
  expect(code, stderr).toBe(0);
  exported = parseAllDocuments((await cli("export", "-n", SOURCE)).stdout).map(
    (document) => document.toJS() as AnyObject,
  );
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const cli = (...args: string[]) => plexaubnet([...args, "--kubeconfig", kubeconfig]);

/** Numbered, so that no test finds what another one left. */
let count = 0;
async function freshNamespace(): Promise<string> {
  const name = `after-${++count}`;
  await running.kubectl("create", "namespace", name);
  return name;
}

async function send(
  verb: "apply" | "create",
  namespace: string,
  objects: readonly AnyObject[],
): Promise<void> {
  const placed = objects.map(({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, namespace } }));
  const input = placed.map((each) => stringify(each)).join("---\n");
  let { code, stderr } = await running.tryKubectl([verb, "-f", "-"], input);
  // kubectl looks first and creates then, and the operator may have made the object in between: apply
  // again.
  if (verb === "apply" && stderr.includes("AlreadyExists"))
    ({ code, stderr } = await running.tryKubectl([verb, "-f", "-"], input));
  // What the operator made again before its turn has come is there already, for `create`.
  const refusals = stderr.split("\n").filter((line) => /^Error/.test(line) && !/AlreadyExists/.test(line));
  expect(refusals, stderr).toEqual([]);
  if (verb === "apply") expect(code, stderr).toBe(0);
}

/** Every block is where it was, and no promise is broken. */
async function expectAllBack(namespace: string, file = exportFile): Promise<void> {
  const { code, stdout, stderr } = await cli("check", "-n", namespace, "--settle", SETTLE, "--against", file);
  expect(code, stdout + stderr).toBe(0);
  expect(blocksOf(await objectsIn(running, namespace))).toEqual(blocksOf(saved));
}

/** Metadata of these fields alone, and no status. */
function reset(object: AnyObject, fields: readonly string[]): AnyObject {
  const { apiVersion, kind, metadata, spec } = object;
  const kept = Object.fromEntries(Object.entries(metadata).filter(([field]) => fields.includes(field)));
  return {
    apiVersion,
    kind,
    metadata: kept as AnyObject["metadata"],
    ...(spec === undefined ? {} : { spec }),
  };
}

const VELERO = ["name", "namespace", "labels", "annotations"];

/** Custom resources are restored by the names of their kinds: claims first, Subnets last. */
const VELERO_ORDER = ["SubnetClaim", "SubnetPoolClaim", "SubnetPool", "Subnet"];
const byKind = (order: readonly string[]) => (a: AnyObject, b: AnyObject) =>
  order.indexOf(a.kind) - order.indexOf(b.kind);

const isPoolOfClaim = ({ kind, metadata }: AnyObject) =>
  kind === "SubnetPool" &&
  (metadata.labels as Record<string, string> | undefined)?.["plexaubnet.io/pool-claim"] !== undefined;

/** What stands in a repository: what people wrote, and what was retained of claims that are gone. */
function written(objects: readonly AnyObject[]): AnyObject[] {
  const claims = new Set(
    objects.filter(({ kind }) => kind === "SubnetClaim").map(({ metadata }) => metadata.name),
  );
  const isOfOperator = ({ spec }: AnyObject) => {
    const { name } = (spec?.claimRef ?? {}) as { readonly name?: string };
    return String(spec?.clusterID).startsWith("pool.") || (name !== undefined && claims.has(name));
  };
  return objects.filter((object) => {
    if (object.kind === "Subnet") return !isOfOperator(object);
    return object.kind !== "Namespace" && !isPoolOfClaim(object);
  });
}

/** The same order for the same seed. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state;
  };
  return items
    .map((item) => ({ item, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

describe("what the tools give back", () => {
  test.each([
    ["name, labels, annotations and spec", VELERO],
    ["finalizers, too", [...VELERO, "finalizers"]],
  ])("Velero: %s", async (_, fields) => {
    const namespace = await freshNamespace();
    await send("create", namespace, saved.map((each) => reset(each, fields)).sort(byKind(VELERO_ORDER)));
    await expectAllBack(namespace, savedFile);
  });

  test("Velero with --status-include-resources: each status is put back behind its object", async () => {
    const namespace = await freshNamespace();
    for (const object of [...saved].sort(byKind(VELERO_ORDER))) {
      await send("create", namespace, [reset(object, VELERO)]);
      const patch = JSON.stringify({ status: object.status });
      const target = [`${object.kind.toLowerCase()}/${object.metadata.name}`, "-n", namespace];
      await running.tryKubectl(["patch", ...target, "--subresource=status", "--type=merge", "-p", patch]);
    }
    await expectAllBack(namespace);
  });

  test("kubectl get -o yaml: all of it, with UIDs and owners of another life", async () => {
    const namespace = await freshNamespace();
    const text = stringify({ apiVersion: "v1", kind: "List", items: saved }).replaceAll(
      `namespace: ${SOURCE}\n`,
      `namespace: ${namespace}\n`,
    );
    const { stderr } = await running.tryKubectl(["apply", "-f", "-"], text);
    // The Subnet behind a child pool was made again before its turn came, and has another UID than the file
    // has.
    const refused = stderr.split("\n").filter((line) => /^(Error|Name:)/.test(line));
    for (const line of refused) expect(line).toMatch(/^Error from server \(Conflict\)|^Name: "[a-z]+-pool-/);
    await expectAllBack(namespace, savedFile);
  });

  test("Argo CD and Flux: what people wrote, with the records of an export; no Subnet, no pool that a claim made", async () => {
    const namespace = await freshNamespace();
    await send("apply", namespace, written(exported));
    await expectAllBack(namespace);
  });

  test("no Subnet at all except for the hand-made, claims before their pools", async () => {
    const namespace = await freshNamespace();
    await send("apply", namespace, written(exported).sort(byKind(VELERO_ORDER)));
    await expectAllBack(namespace);
  });
});

describe("an export", () => {
  const namespaced = () => exported.filter(({ kind }) => kind !== "Namespace");

  test("restored by `restore`, into another namespace, reports it and is whole", async () => {
    const { code, stdout, stderr } = await cli("restore", exportFile, "-n", "restored");
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(
      /^Restored: \d+ created, \d+ existed already; each of the \d+ claims that had a block has it again\.\n$/,
    );
    await expectAllBack("restored");
    const again = await cli("restore", exportFile, "-n", "restored");
    expect(again.code, again.stdout + again.stderr).toBe(0);
    expect(again.stdout).toMatch(/^Restored: 0 created/);
  });

  test("applied by kubectl as it is", async () => {
    const namespace = await freshNamespace();
    await send("apply", namespace, namespaced());
    await expectAllBack(namespace);
    const second = await cli("export", "-n", namespace);
    const lives = /plexaubnet\.io\/block-life: .*\n/g;
    const first = (await cli("export", "-n", SOURCE)).stdout.replaceAll(
      `namespace: ${SOURCE}\n`,
      `namespace: ${namespace}\n`,
    );
    const documents = (text: string) => text.replaceAll(lives, "").split("---\n").slice(2);
    expect(documents(second.stdout)).toEqual(documents(first));
  });

  test.each(LONG ? [1, 2, 3, 4] : [1])("applied in any order of its documents: %i", async (seed) => {
    const namespace = await freshNamespace();
    const isLate = ({ metadata }: AnyObject) => metadata.name === "z-late";
    const served = namespaced().filter((object) => !isLate(object));
    await send("apply", namespace, [...shuffled(served, seed), ...namespaced().filter(isLate)]);
    await expectAllBack(namespace);
  });

  test("is the same when nothing changed, and does not depend on the time", async () => {
    const [first, second] = [await cli("export", "-n", SOURCE), await cli("export", "-n", SOURCE)];
    expect(first.stdout).toBe(second.stdout);
    expect(first.stdout).not.toMatch(
      /uid|resourceVersion|creationTimestamp|ownerReferences|finalizers|status:|last-applied/,
    );
  });

  test("of nothing is refused, and leaves the file of the last time alone", async () => {
    await running.kubectl("create", "namespace", "empty");
    const { code, stderr } = await cli("export", "-n", "empty", "-o", exportFile);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^plexaubnet: there is no pool, claim or Subnet in namespace empty to export/);
    expect((await cli("check", "-n", SOURCE, "--against", exportFile)).code).toBe(0);
  });
});

describe("a repository without records", () => {
  /** As people wrote it: the records are not in git. */
  const bare = () =>
    written(exported).map(({ metadata: { labels: _, ...metadata }, ...object }) => ({
      ...object,
      metadata,
    })) as AnyObject[];
  const pausedBy = (paused: boolean, objects: readonly AnyObject[]) =>
    objects.map((object) =>
      object.kind === "SubnetPool" ? { ...object, spec: { ...object.spec, paused } } : object,
    );

  test("pools that are paused allocate nothing, until `restore` has recorded what the claims had", async () => {
    const namespace = await freshNamespace();
    await send("apply", namespace, pausedBy(true, bare()));
    const waiting = ["wait", "-n", namespace, "--timeout=60s", "subnetclaim/b", "subnetclaim/t-1"];
    await running.kubectl(
      ...waiting,
      "--for=jsonpath={.status.conditions[?(@.type=='Ready')].reason}=PoolPaused",
    );
    const { code, stdout, stderr } = await cli("restore", exportFile, "-n", namespace);
    expect(code, stdout + stderr).toBe(0);
    await send("apply", namespace, pausedBy(false, bare()));
    await expectAllBack(namespace);
  });
});
