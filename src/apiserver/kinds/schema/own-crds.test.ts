import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { AnyObject } from "../../../kube/object.ts";
import type { ServedResource } from "../resource.ts";
import { compileCrd } from "./crd.ts";

const folder = join(import.meta.dirname, "../../../../deploy/crds");
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
    'spec.cidr: Invalid value: "10.0.0.1/24": 10.0.0.1/24 has host bits set: write 10.0.0.0/24',
  ]);
  expect(faults(subnets, { ...spec, cidr: "10.0.1.0/24" }, spec)).toEqual([
    "spec: Forbidden: cidr is immutable: delete the Subnet and create a new one",
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

test.each([
  ["10.0.0.1/24", "10.0.0.1/24 has host bits set: write 10.0.0.0/24"],
  ["fd00::1/48", "fd00::1/48 has host bits set: write fd00::/48"],
  [
    "10.0.0.5",
    "10.0.0.5 has no prefix length: write 10.0.0.5/32 for this address, or a range such as 10.0.0.0/24",
  ],
  [
    "fd00::5",
    "fd00::5 has no prefix length: write fd00::5/128 for this address, or a range such as fd00::/64",
  ],
  ["10.0.0.0/33", "10.0.0.0/33 must end in a prefix length, from /0 to /32"],
  ["fd00::/129", "fd00::/129 must end in a prefix length, from /0 to /128"],
  ["10.0.0.0/", "10.0.0.0/ must end in a prefix length, from /0 to /32"],
  ["10.0.0.0/24/1", "10.0.0.0/24/1 must end in a prefix length, from /0 to /32"],
  [
    "10.0.0.0/024",
    "10.0.0.0/024 has a number with a leading zero, which some software reads as octal: remove the zero",
  ],
  [
    "010.0.0.0/8",
    "010.0.0.0/8 has a number with a leading zero, which some software reads as octal: remove the zero",
  ],
  [
    "10.0.0.0-10.0.0.255",
    "10.0.0.0-10.0.0.255 is a range from one address to another: write prefixes, such as 10.0.0.0/24",
  ],
  [" 10.0.0.0/24", "' 10.0.0.0/24' contains white space: remove it"],
  [
    "::ffff:10.0.0.0/104",
    "::ffff:10.0.0.0/104 is an IPv4 address in IPv6 notation: write it as IPv4, such as 10.0.0.0/16",
  ],
  ["fe80::%eth0/64", "fe80::%eth0/64 has a zone, which is not allowed here: remove the % and what follows"],
  ["ten", "ten is not a prefix: write it as 10.0.0.0/16 or fd00::/48"],
  ["10.0.0/24", "10.0.0/24 is not a prefix: write it as 10.0.0.0/16 or fd00::/48"],
  ["10.0.0.0\n/24", "must be an IPv4 or IPv6 prefix, such as 10.0.0.0/16 or fd00::/48"],
])("the refusal of %j names the fault and the cure", (cidr, expected) => {
  const subnets = compile("subnets.plexaubnet.io.yaml");
  const found = faults(subnets, { poolRef: "pool", cidr, clusterID: "c1" });
  expect(found).toEqual([`spec.cidr: Invalid value: ${JSON.stringify(cidr)}: ${expected}`]);
});

test("a SubnetClaim is immutable once it is Bound", () => {
  const claims = compile("subnetclaims.plexaubnet.io.yaml");
  const spec = { poolRef: "pool", clusterID: "c1", blockSize: 24 };
  expect(faults(claims, { ...spec, blockSize: 25 }, spec, { phase: "Pending" })).toEqual([]);
  expect(faults(claims, { ...spec, blockSize: 25 }, spec, { phase: "Bound" })).toEqual([
    "spec: Forbidden: spec is immutable once the claim is Bound: delete the claim and create a new one",
  ]);
  expect(faults(claims, { ...spec, requestedCIDR: "10.0.0.0/24" })).toEqual([
    'spec: Invalid value: "object": blockSize and requestedCIDR are mutually exclusive: remove one of them',
  ]);
});
