import { expect, test } from "vitest";
import { API_VERSION } from "../../api/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { find, parseTarget } from "./explain-one.ts";

const metadata = { name: "web", namespace: "fleet" };
const fleet: FleetObjects = {
  pools: [{ apiVersion: API_VERSION, kind: "SubnetPool", metadata, spec: { cidr: "10.0.0.0/16" } }],
  poolClaims: [
    {
      apiVersion: API_VERSION,
      kind: "SubnetPoolClaim",
      metadata,
      spec: { parentPoolRef: "corp", desiredBlockSize: 16 },
    },
  ],
  claims: [],
  subnets: [],
};

test("a bare name means the claim before the pool; a kind before it decides", () => {
  expect(find(fleet, parseTarget("web"))?.kind).toBe("SubnetPoolClaim");
  expect(find(fleet, parseTarget("pool/web"))?.kind).toBe("SubnetPool");
  expect(find(fleet, parseTarget("subnet/web"))).toBeUndefined();
});

test("kinds go by the words that kubectl takes, and shorter ones", () => {
  const kinds = (words: readonly string[]) => words.map((word) => parseTarget(`${word}/x`).kind);
  expect(new Set(kinds(["subnetclaim", "subnetclaims", "snc", "claim", "claims", "SubnetClaim"]))).toEqual(
    new Set(["SubnetClaim"]),
  );
  expect(new Set(kinds(["subnetpc", "snpc", "poolclaim"]))).toEqual(new Set(["SubnetPoolClaim"]));
  expect(new Set(kinds(["subnetpool", "snp", "pools"]))).toEqual(new Set(["SubnetPool"]));
  expect(new Set(kinds(["subnet", "subnets", "sn"]))).toEqual(new Set(["Subnet"]));
  expect(() => parseTarget("pod/x")).toThrow(/"pod" is not a kind that can be explained/);
});
