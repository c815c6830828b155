import { describe, expect, test } from "vitest";
import { claimsIn, type FileDefaults } from "./claims-file.ts";

const DEFAULTS: FileDefaults = { pool: undefined, namespace: undefined, fallback: "fleet" };

function read(text: string, defaults: Partial<FileDefaults> = {}) {
  return claimsIn(new TextEncoder().encode(text), "claims", { ...DEFAULTS, ...defaults });
}

const MANIFESTS = `apiVersion: plexaubnet.io/v1alpha1
kind: SubnetClaim
metadata: {name: web, namespace: shop, labels: {team: blue}}
spec: {poolRef: corp, clusterID: web, blockSize: 24}
---
apiVersion: plexaubnet.io/v1alpha1
kind: SubnetPoolClaim
metadata: {name: west}
spec: {parentPoolRef: corp, desiredBlockSize: 20}
`;

describe("the claims of a file (PX-21)", () => {
  test("PX-21 manifests keep their order, namespaces and labels", () => {
    const { claims, faults } = read(MANIFESTS);
    expect(faults).toEqual([]);
    expect(claims.map(({ origin, claim: { kind, metadata } }) => [origin, kind, metadata])).toEqual([
      ["claims:1", "SubnetClaim", { name: "web", namespace: "shop", labels: { team: "blue" } }],
      ["claims:6", "SubnetPoolClaim", { name: "west", namespace: "fleet" }],
    ]);
  });

  test("PX-21 a list of JSON, as kubectl prints it, is manifests too", () => {
    const item = { kind: "SubnetClaim", apiVersion: "plexaubnet.io/v1alpha1" };
    const spec = { poolRef: "corp", clusterID: "web" };
    const list = { kind: "List", apiVersion: "v1", items: [{ ...item, metadata: { name: "web" }, spec }] };
    expect(read(JSON.stringify(list)).claims.map(({ claim }) => claim.spec)).toEqual([spec]);
  });

  test("PX-21 what is not a claim is a fault of its line, and not left out in silence", () => {
    const pool =
      "apiVersion: plexaubnet.io/v1alpha1\nkind: SubnetPool\nmetadata: {name: p}\nspec: {cidr: 10.0.0.0/8}\n";
    const { faults } = read(`${MANIFESTS}---\n${pool}`);
    expect(faults).toEqual([
      expect.stringMatching(/^claims:11: SubnetPool p is not a claim: create it with kubectl/),
    ]);
  });

  test("PX-21 a sheet has the pool and the namespace of the command line where its rows have none", () => {
    const { claims } = read("cluster,pool,namespace\nweb,,\ndb,lab,\nmail,,other\n", {
      pool: "corp",
      namespace: "shop",
    });
    expect(
      claims.map(({ claim: { metadata, spec } }) => [metadata.namespace, "poolRef" in spec && spec.poolRef]),
    ).toEqual([
      ["shop", "corp"],
      ["shop", "lab"],
      ["other", "corp"],
    ]);
  });

  test("PX-21 words that are not names are reported, and kept in annotations", () => {
    const { claims, notes } = read("cluster,size\nZürich,24\n", { pool: "corp" });
    expect(notes).toContain('"Zürich" becomes zurich.');
    expect(claims[0]?.claim.metadata.annotations).toMatchObject({ "plexaubnet.io/imported-owner": "Zürich" });
  });

  test.each([
    ["", /^claims is empty: /],
    ["apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n", /^claims contains no claim: /],
    ["\u0000\u0001\u0002binary", /^claims:1 has characters that no text has: /],
    ["PK\u0003\u0004", /^claims is a ZIP archive or an Excel workbook: save the sheet as CSV/],
  ])("PX-21 %j is refused as a whole", (text, sentence) => {
    expect(() => read(text)).toThrow(sentence);
  });
});
