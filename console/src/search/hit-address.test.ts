import { expect, test } from "vitest";
import type { SearchHit } from "../api/answers.ts";
import { addressOfHit } from "./hit-address.ts";

const hit = (more: Partial<SearchHit>): SearchHit => ({
  what: "address",
  title: "10.1.2.0/24",
  detail: "",
  namespace: "fleet",
  ...more,
});

test("CN-04 a hit with a place leads onto the map, with what is around it", () => {
  const place = { pool: "corp", cidr: "10.1.2.0/24" };
  expect(addressOfHit(hit({ place }))).toBe("/map/fleet/corp?at=10.1.2.0%2F24&range=10.1.0.0-10.1.15.255");
  expect(addressOfHit(hit({ what: "pool", place }))).toBe("/map/fleet/corp");
});

test("CN-04 a hit without a place leads to its page", () => {
  const object = { kind: "SubnetClaim", name: "web" } as const;
  expect(addressOfHit(hit({ what: "claim", title: "web", object }))).toBe(
    "/claims?namespace=fleet&filter=web&state=all",
  );
  expect(addressOfHit(hit({ what: "pool", object: { kind: "SubnetPool", name: "corp" } }))).toBe(
    "/map/fleet/corp",
  );
});
