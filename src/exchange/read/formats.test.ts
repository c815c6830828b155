import { expect, test } from "vitest";
import type { Reading } from "../row.ts";
import { readSource } from "./read-source.ts";

function read(value: unknown, format?: "csv" | "list"): Reading {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 1);
  const reading = readSource(new TextEncoder().encode(text), "dump", format === undefined ? {} : { format });
  if (!reading.ok) throw new Error(reading.error.problem);
  return reading.value;
}

const short = ({ rows }: Reading) =>
  rows.map(({ block, shape, owner, vrf, name }) =>
    [block, shape, owner, vrf, name].map((text) => text ?? "-").join(" "),
  );

test("PX-13 NetBox's JSON: prefixes, aggregates and ranges, with VRF, tenant, status, and the line of each", () => {
  const prefixes = {
    count: 2,
    next: null,
    results: [
      {
        id: 1,
        prefix: "10.0.0.0/8",
        vrf: null,
        status: { value: "container", label: "Container" },
        tenant: null,
      },
      {
        id: 2,
        prefix: "10.1.0.0/24",
        vrf: { id: 3, name: "Blue", rd: "65000:3" },
        status: { value: "active" },
        tenant: { id: 1, name: "Acme GmbH", slug: "acme" },
        role: { id: 9, name: "Servers" },
        description: "hall 1",
      },
    ],
  };
  const reading = read(prefixes);
  expect(short(reading)).toEqual(["10.0.0.0/8 pool - - -", "10.1.0.0/24 - Acme GmbH Blue -"]);
  expect(reading.rows.map(({ origin }) => origin.line)).toEqual([5, 15]);
  const all = read({
    prefixes: [],
    aggregates: [{ prefix: "172.16.0.0/12", rir: { name: "RFC 1918" } }],
    "ip-ranges": { results: [{ start_address: "172.16.0.10/24", end_address: "172.16.0.20/24" }] },
  });
  expect(short(all)).toEqual(["172.16.0.0/12 pool - - -", "172.16.0.10-172.16.0.20 - - - -"]);
  expect(all.rows[0]?.isAggregate).toBe(true);
  expect(read({ ...prefixes, next: "https://netbox/api/?offset=2" }).notes[0]).toContain(
    "one page of several",
  );
});

test("PX-13 phpIPAM's JSON: address and mask, VRF, customer; folders are left out and counted", () => {
  const reading = read({
    code: 200,
    data: [
      { id: "1", subnet: "10.0.0.0", mask: "8", vrfId: "0", isFolder: "0", description: "all" },
      { id: "2", subnet: "10.1.0.0", mask: "24", vrfId: "4", customer: { title: "Acme" } },
      { id: "3", subnet: "0.0.0.0", mask: "", isFolder: "1", description: "a folder" },
    ],
  });
  expect(short(reading)).toEqual(["10.0.0.0/8 - - - -", "10.1.0.0/24 - Acme vrf-4 -"]);
  expect(reading.notes).toEqual(["Folders of dump have no addresses, and are not read: there are 1."]);
});

test("PX-13 AWS: VPCs with all of their ranges, subnets by tag, IPAM's pools, allocations and resources", () => {
  const vpcs = {
    Vpcs: [
      {
        VpcId: "vpc-1",
        CidrBlock: "10.0.0.0/16",
        CidrBlockAssociationSet: [{ CidrBlock: "10.0.0.0/16" }, { CidrBlock: "10.9.0.0/16" }],
        Tags: [{ Key: "Name", Value: "prod" }],
      },
    ],
    Subnets: [
      {
        SubnetId: "subnet-1",
        CidrBlock: "10.0.0.0/24",
        Tags: [{ Key: "kubernetes.io/cluster/web", Value: "owned" }],
      },
      {
        SubnetId: "subnet-2",
        CidrBlock: "10.0.1.0/24",
        Tags: [
          { Key: "kubernetes.io/cluster/a", Value: "shared" },
          { Key: "kubernetes.io/cluster/b", Value: "shared" },
        ],
      },
    ],
  };
  expect(short(read(vpcs))).toEqual([
    "10.0.0.0/16 nesting - - prod",
    "10.9.0.0/16 nesting - - prod",
    "10.0.0.0/24 block web - subnet-1",
    "10.0.1.0/24 block - - subnet-2",
  ]);
  const ipam = {
    IpamPoolCidrs: [
      { Cidr: "10.0.0.0/8", State: "provisioned" },
      { Cidr: "11.0.0.0/8", State: "deprovisioned" },
    ],
    IpamPoolAllocations: [
      { Cidr: "10.0.0.0/16", ResourceId: "vpc-1", ResourceType: "vpc", ResourceOwner: "123" },
    ],
    IpamResourceCidrs: [{ ResourceCidr: "10.0.0.0/24", ResourceId: "subnet-1", ResourceType: "subnet" }],
  };
  expect(short(read(ipam))).toEqual([
    "10.0.0.0/8 pool - - -",
    "10.0.0.0/16 nesting - - vpc-1",
    "10.0.0.0/24 block - - subnet-1",
  ]);
});

test("PX-13 Terraform: a state, and a plan in whose modules something is not known yet", () => {
  const state = {
    version: 4,
    terraform_version: "1.9.0",
    resources: [
      {
        mode: "data",
        type: "aws_vpc",
        name: "other",
        instances: [{ attributes: { cidr_block: "10.8.0.0/16" } }],
      },
      {
        mode: "managed",
        type: "aws_subnet",
        name: "web",
        instances: [{ index_key: "a", attributes: { cidr_block: "10.0.1.0/24", tags: null } }],
      },
    ],
  };
  expect(short(read(state))).toEqual(['10.0.1.0/24 block - - aws_subnet.web["a"]']);
  const plan = {
    format_version: "1.2",
    planned_values: {
      root_module: {
        resources: [
          {
            address: "azurerm_virtual_network.hub",
            mode: "managed",
            type: "azurerm_virtual_network",
            values: { name: "hub", address_space: ["10.1.0.0/16", "10.2.0.0/16"] },
          },
        ],
        child_modules: [
          {
            resources: [
              {
                address: "module.g.google_compute_subnetwork.n",
                type: "google_compute_subnetwork",
                values: {
                  name: "n",
                  ip_cidr_range: "10.1.1.0/24",
                  secondary_ip_range: [{ ip_cidr_range: "10.1.2.0/24" }],
                },
              },
              { address: "module.g.aws_subnet.later", type: "aws_subnet", values: {} },
            ],
          },
        ],
      },
    },
  };
  const reading = read(plan);
  expect(short(reading)).toEqual([
    "10.1.0.0/16 nesting - - hub",
    "10.2.0.0/16 nesting - - hub",
    "10.1.1.0/24 block - - n",
    "10.1.2.0/24 block - - n",
  ]);
  expect(reading.notes[0]).toContain("module.g.aws_subnet.later of dump has no block yet");
});

test("PX-13 Kubernetes: pod ranges of nodes, addresses of Services, pools of Cilium, Calico and MetalLB", () => {
  const object = (kind: string, name: string, spec: object, more: object = {}) => ({
    kind,
    metadata: { name, namespace: "shop" },
    spec,
    ...more,
  });
  const reading = read({
    apiVersion: "v1",
    kind: "List",
    items: [
      object("Node", "n1", { podCIDR: "10.244.0.0/24", podCIDRs: ["10.244.0.0/24", "fd00::/64"] }),
      object(
        "Service",
        "web",
        { clusterIP: "10.96.0.7", externalIPs: ["192.0.2.9"] },
        { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }, { hostname: "lb" }] } } },
      ),
      object("CiliumPodIPPool", "default", { ipv4: { cidrs: ["10.244.0.0/16"], maskSize: 24 } }),
      object("CiliumLoadBalancerIPPool", "lb", {
        blocks: [{ cidr: "192.0.2.0/24" }, { start: "198.51.100.1", stop: "198.51.100.9" }],
      }),
      object("IPPool", "calico", { cidr: "192.168.0.0/16" }),
      object("IPAddressPool", "metallb", { addresses: ["203.0.113.1-203.0.113.6"] }),
      object("ConfigMap", "x", {}),
    ],
  });
  expect(short(reading)).toEqual([
    "10.244.0.0/24 block - - n1",
    "fd00::/64 block - - n1",
    "192.0.2.1/32 block - - shop.web",
    "192.0.2.9/32 block - - shop.web",
    "10.244.0.0/16 pool - - default",
    "192.0.2.0/24 pool - - lb",
    "198.51.100.1-198.51.100.9 pool - - lb",
    "192.168.0.0/16 pool - - calico",
    "203.0.113.1-203.0.113.6 pool - - metallb",
  ]);
  expect(reading.notes[0]).toContain("objects of kind ConfigMap");
});

test("PX-13 a plain list: blocks in every notation, names, remarks, comments", () => {
  const text =
    "# our plan\n10.0.0.0/8\n10.0.0.0/255.255.255.0 web-1 first floor # hot\n\n10.0.1.0 - 10.0.1.9\tprinters\nnonsense\n";
  const { rows, format } = read(text);
  expect(format).toBe("a plain list");
  expect(rows.map(({ origin, block, name, description }) => [origin.line, block, name, description])).toEqual(
    [
      [2, "10.0.0.0/8", undefined, undefined],
      [3, "10.0.0.0/255.255.255.0", "web-1", "first floor hot"],
      [5, "10.0.1.0 - 10.0.1.9", "printers", undefined],
      [6, "nonsense", undefined, undefined],
    ],
  );
});

test("PX-13 a source that is said to be JSON, and is none, is not taken for one that broke off", () => {
  expect(() => readSource(Buffer.from("Prefix;Tenant\n"), "dump", { format: "netbox" })).toThrow(
    "dump:1 is not JSON",
  );
});

test.each([
  ['{"a": [1,\n 2,\n', "dump:2 ends in the middle of its JSON: fetch it again."],
  ['{"results": [{"prefix": "10.0.0.0/8"}, {"pre', "dump:1 ends in the middle of its JSON: fetch it again."],
  ['{"a": 1,\n oops}', "dump:2 is not JSON"],
  ["{}", "dump is JSON of no format that is known"],
  ['{"Vpcs": []}', "dump has no block for JSON of AWS"],
  ["apiVersion: v1\nkind: List\n", "dump is YAML: get it as JSON"],
  [
    '{"apiVersion": "plexaubnet.io/v1alpha1", "kind": "Subnet", "spec": {}}',
    "`plexaubnet restore dump` brings them in",
  ],
  ['{"plan": "plexaubnet.io/v9"}', "import it with the version that wrote it"],
])("PX-13 %j is refused in one sentence", (text, sentence) => {
  expect(() => read(text)).toThrow(sentence);
});
