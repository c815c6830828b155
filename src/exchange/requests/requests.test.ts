import { describe, expect, test } from "vitest";
import { faultText } from "../row.ts";
import { claimsOf } from "./claims-of.ts";
import { readRequests } from "./read-requests.ts";

function list(text: string, file = "wanted.csv") {
  const read = readRequests(new TextEncoder().encode(text), file);
  if (!read.ok) throw new Error(read.error.problem);
  return read.value;
}

const rows = (text: string) =>
  list(text).rows.map(({ count, length, align, name, cluster }) =>
    [count, `/${length}`, ...(align === undefined ? [] : [`aligned to /${align}`]), name ?? cluster].join(
      " ",
    ),
  );

const THREE = ["3 /20 regions", "12 /24 ", "1 /22 aligned to /20 lab"];

describe("a list of requests (PX-22)", () => {
  test.each([
    ["phrases, one a line", "three /20 for regions\n# none\n12 x /24\none /22 aligned to /20 for lab\n"],
    ["phrases in one line", "three /20 for regions, twelve /24, and one /22 aligned to /20 for lab"],
    ["CSV", "Count,Size,Align,Name\n3,/20,,regions\n12,24,,\n1,22,/20,lab\n"],
    ["CSV with semicolons and CRLF", "size;count;name;align\r\n20;3;regions;\r\n24;12;;\r\n22;;lab;20\r\n"],
    ["YAML", "- {count: 3, size: 20, name: regions}\n- 12 x /24\n- size: 22\n  align: 20\n  name: lab\n"],
    [
      "YAML under a key",
      "requests:\n  - 3 /20 regions\n  - {size: 24, count: 12}\n  - one /22 aligned to /20 lab\n",
    ],
    ["JSON", '[{"count":3,"size":20,"name":"regions"},"12 /24",{"size":"/22","align":"/20","name":"lab"}]'],
  ])("PX-22 %s", (_, text) => {
    expect(rows(text)).toEqual(THREE);
  });

  test("PX-22 every fault is named with its line and a cure", () => {
    const { faults } = list(
      "size,count,cidr\n24,0,\n33x,1,\n24,1,10.0.0.1/24\n24,1,10.0.0.0/25\n,2,10.0.0.0/24\n24,1,,9\n",
    );
    expect(faults.map(faultText)).toEqual([
      'wanted.csv:2: count: "0" is not a number of blocks: write a whole number from 1 to 10000.',
      'wanted.csv:3: size: "33x" is not a prefix length: write it as in /24.',
      expect.stringMatching(
        /^wanted\.csv:4: cidr: "10\.0\.0\.1\/24" .* host bits set: write "10\.0\.0\.0\/24"\.$/,
      ),
      "wanted.csv:5: size: /24 is not the size of 10.0.0.0/25: leave one of them out.",
      "wanted.csv:6: cidr: 2 blocks cannot all be 10.0.0.0/24: leave the count out.",
      "wanted.csv:7: the row has 4 cells under 3 headings: put texts with a separator into quotes.",
    ]);
  });

  test.each([
    [
      "a file that breaks off in its last row",
      "cluster,pool,size\na,corp,24\nb,co",
      /:3: the file breaks off/,
    ],
    ["a field that is none", "- {siez: 24}\n", /:1: siez is not a field of a request: use count, size/],
    ["a phrase that is none", "- many blocks\n", /:1: "many blocks" is not a request/],
  ])("PX-22 %s", (_, text, sentence) => {
    expect(list(text).faults.map(faultText).join()).toMatch(sentence);
  });

  test("PX-22 what is not a list at all is refused as a whole", () => {
    expect(() => list("just some words\n")).toThrow(/has no heading that names a request/);
    expect(() => list("- [\n")).toThrow(/is neither YAML nor JSON/);
    expect(() => list("requests: 3\n")).toThrow(/is not a list of requests/);
  });
});

describe("the claims of a list (PX-22)", () => {
  const defaults = { pool: "corp", namespace: "fleet", mayInvent: true };
  const claims = (text: string, more: object = {}) => claimsOf(list(text).rows, { ...defaults, ...more });

  test("PX-22 several of one name are numbered, and each is a cluster of its own", () => {
    const { claims: made } = claims("2 /20 for regions\n/24\n");
    expect(made.map(({ metadata, spec }) => [metadata.name, spec])).toEqual([
      ["regions-1", { poolRef: "corp", clusterID: "regions-1", blockSize: 20 }],
      ["regions-2", { poolRef: "corp", clusterID: "regions-2", blockSize: 20 }],
      ["corp-24", { poolRef: "corp", clusterID: "corp-24", blockSize: 24 }],
    ]);
  });

  test("PX-22 several blocks of one cluster have purposes, and a pool is a SubnetPoolClaim", () => {
    const { claims: made } = claims("cluster,size,count,kind,name\neu-1,24,2,,\n,20,1,pool,west\n");
    expect(made.map(({ kind, spec }) => [kind, spec.purpose ?? spec.desiredBlockSize])).toEqual([
      ["SubnetClaim", "block-1"],
      ["SubnetClaim", "block-2"],
      ["SubnetPoolClaim", 20],
    ]);
  });

  test("PX-22 words that are not names are mapped, and stay with the claim", () => {
    const { claims: made, renamed } = claims("cluster,size\nZürich Core,24\n");
    expect(made[0]).toMatchObject({
      metadata: {
        name: "zurich-core-corp",
        annotations: { "plexaubnet.io/imported-owner": "Zürich Core" },
      },
      spec: { clusterID: "zurich-core" },
    });
    expect(renamed.get("Zürich Core")).toBe("zurich-core");
  });

  test("PX-22 what names no pool, or no one, is a fault where nothing may be invented", () => {
    const { faults } = claims("size,cluster\n24,\n24,web\n", { pool: undefined, mayInvent: false });
    expect(faults.map(({ message }) => message)).toEqual(["the row names no pool", "the row names no pool"]);
    const named = claims("size,cluster\n24,\n", { mayInvent: false });
    expect(named.faults.map(faultText)).toEqual(["wanted.csv:2: the row names no cluster: fill in cluster."]);
  });

  test("PX-22 more blocks than a person lists are refused", () => {
    expect(claims("size,count\n24,9000\n25,9000\n").faults.map(({ kind }) => kind)).toEqual(["too-long"]);
  });
});

test("PX-22 YAML that breaks off is named with its line and a cure", () => {
  expect(() => list('[{"cluster":"a","size":24},\n{"clus', "w.json")).toThrow(
    /^w\.json:2 is neither YAML nor JSON: .*quote: correct the line, or write the file again if it broke off\.$/,
  );
  expect(list("1000000 x /24\n").faults.map(faultText)).toEqual([
    'wanted.csv:1: count: "1000000" is not a number of blocks: write a whole number from 1 to 10000.',
  ]);
});
