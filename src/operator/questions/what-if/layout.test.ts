import { describe, expect, test } from "vitest";
import type { FleetObjects } from "../../check/fleet-objects.ts";
import { allocated, NAMESPACE, pool, subnet } from "../../testing/objects.ts";
import { layOut } from "./layout.ts";
import type { ClaimToTry } from "./what-if.ts";

const NOW_MS = Date.parse("2026-01-02T00:00:00Z");
const corp = { namespace: NAMESPACE, name: "corp" };

function fleetOf(cidr: string, ...taken: readonly string[]): FleetObjects {
  return {
    pools: [pool("corp", cidr, { spec: { defaultBlockSize: 24 } })],
    poolClaims: [],
    claims: [],
    subnets: taken.map((block, at) => subnet(`s${at}`, "corp", block, { status: allocated() })),
  };
}

function wanted(name: string, blockSize: number, align?: number): ClaimToTry {
  const metadata = { name, namespace: NAMESPACE };
  const spec = { poolRef: "corp", clusterID: name, blockSize };
  return { kind: "SubnetClaim", metadata, spec, ...(align === undefined ? {} : { align }) };
}

describe("a set of claims laid out in a pool (PX-22)", () => {
  test("PX-22 the way that places most comes first, and each has what it leaves", () => {
    const fleet = fleetOf("10.0.0.0/22", "10.0.3.0/24");
    const layouts = layOut(fleet, [wanted("a", 24), wanted("b", 23)], corp, NOW_MS);
    expect(layouts.map(({ placed }) => placed)).toEqual([2, 2, 2, 1]);
    expect(layouts[0]?.use).toMatchObject({ utilizationPercent: 100, free: {} });
    expect(layouts[3]).toMatchObject({ strategy: "Linear", order: "as listed", use: { free: { 24: 2 } } });
  });

  test("PX-22 Linear breaks the large block where Buddy fills the small ones", () => {
    const fleet = fleetOf("10.0.0.0/20", "10.0.8.0/24");
    const [best, ...others] = layOut(fleet, [wanted("a", 24), wanted("b", 23)], corp, NOW_MS);
    expect(best).toMatchObject({ strategy: "Buddy", use: { largestFree: "10.0.0.0/21" } });
    expect(others.at(-1)).toMatchObject({ strategy: "Linear", use: { largestFree: "10.0.4.0/22" } });
  });

  test("PX-22 a block is aligned where that is asked for, and a refusal names it", () => {
    const fleet = fleetOf("10.0.0.0/20", "10.0.0.0/24");
    const [best] = layOut(fleet, [wanted("a", 24, 22), wanted("b", 24, 20)], corp, NOW_MS);
    const [a, b] = best?.answers ?? [];
    expect(["10.0.4.0/24", "10.0.8.0/24", "10.0.12.0/24"]).toContain(a?.cidr);
    expect(b).toMatchObject({ outcome: "refused", reason: "PoolExhausted" });
    expect(b?.message).toMatch(/^pool corp has no free \/24 that begins where a \/20 begins: /);
  });

  test("PX-22 the answers are in the order of the claims, whichever order they were laid out in", () => {
    const claims = [wanted("a", 26), wanted("b", 24), wanted("c", 25)];
    for (const { answers } of layOut(fleetOf("10.0.0.0/20"), claims, corp, NOW_MS))
      expect(answers.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });
});
