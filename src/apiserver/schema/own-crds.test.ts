import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { AnyObject } from "../../api/object.ts";
import type { ServedResource } from "../resource.ts";
import { compileCrd } from "./crd.ts";

const folder = join(import.meta.dirname, "../../../deploy/crds");
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

function compile(file: string): ServedResource {
  const compiled = compileCrd(parse(readFileSync(join(folder, file), "utf8")) as AnyObject);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error, null, 1));
  return compiled.value[0]!;
}

function faults(kind: ServedResource, spec: object, old?: object, status: object = {}): string[] {
  const object = (each: object) =>
    ({
      apiVersion: "plexaubnet.io/v1alpha1",
      kind: kind.kind,
      metadata: { name: "a", namespace: "b" },
      spec: each,
      status,
    }) as unknown as AnyObject;
  return kind.rules
    .validate(kind.rules.applyDefaults(object(spec)), old === undefined ? undefined : object(old))
    .map((cause) => `${cause.field}: ${cause.message}`);
}

test.each(files)("%s compiles", (file) => {
  expect(compile(file).group).toBe("plexaubnet.io");
});

test("a Subnet must have a canonical prefix, and keeps it", () => {
  const subnets = compile("subnets.plexaubnet.io.yaml");
  const spec = { poolRef: "pool", cidr: "10.0.0.0/24", clusterID: "c1" };
  expect(faults(subnets, spec)).toEqual([]);
  expect(faults(subnets, { ...spec, cidr: "fd00::/48" })).toEqual([]);
  expect(faults(subnets, { ...spec, cidr: "10.0.0.1/24" })).toEqual([
    'spec.cidr: Invalid value: "10.0.0.1/24": must be an IPv4 or IPv6 prefix without host bits, such as 10.0.0.0/16 or fd00::/48',
  ]);
  expect(faults(subnets, { ...spec, cidr: "10.0.1.0/24" }, spec)).toEqual([
    "spec: Forbidden: cidr is immutable: delete the Subnet and make a new one",
  ]);
});

test("the columns of a SubnetPool show its parent, and whether it is ready and consistent", () => {
  const { columns } = compile("subnetpools.plexaubnet.io.yaml");
  const condition = (type: string, status: string, reason: string) => ({ type, status, reason });
  const pool = {
    spec: { cidr: "10.0.0.0/16" },
    status: {
      parent: "corp",
      conditions: [
        condition("Ready", "False", "BlockTaken"),
        condition("Consistent", "False", "SubnetsOutside"),
      ],
    },
  } as unknown as AnyObject;
  const shown = (priority: number) =>
    Object.fromEntries(
      columns
        .filter((column) => column.priority === priority)
        .map(({ name, cell }) => [name, cell(pool)] as const)
        .filter(([, cell]) => cell !== undefined),
    );
  expect(shown(0)).toEqual({ CIDR: "10.0.0.0/16", Parent: "corp", Ready: "False" });
  expect(shown(1)).toEqual({ Reason: "BlockTaken", Consistent: "False" });
});

test("a SubnetClaim is immutable once it is Bound", () => {
  const claims = compile("subnetclaims.plexaubnet.io.yaml");
  const spec = { poolRef: "pool", clusterID: "c1", blockSize: 24 };
  expect(faults(claims, { ...spec, blockSize: 25 }, spec, { phase: "Pending" })).toEqual([]);
  expect(faults(claims, { ...spec, blockSize: 25 }, spec, { phase: "Bound" })).toEqual([
    "spec: Forbidden: spec is immutable once the claim is Bound: delete the claim and make a new one",
  ]);
  expect(faults(claims, { ...spec, requestedCIDR: "10.0.0.0/24" })).toEqual([
    'spec: Invalid value: "object": blockSize and requestedCIDR exclude each other: leave one of them out',
  ]);
});
