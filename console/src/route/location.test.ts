import { expect, test } from "vitest";
import { href, hrefWith, partsOf } from "./location.ts";

test("CN-01 a path carries any name", () => {
  const names = ["map", "fleet", "a/b <c> \u202Ed%"];
  expect(partsOf(href(names))).toEqual(names);
  expect(partsOf("/map/%E0%A4%A/x")).toEqual(["map", "%E0%A4%A", "x"]);
});

test("CN-01 what is not set is not in the query", () => {
  expect(href(["pools"], { sort: "name", filter: "", at: undefined })).toBe("/pools?sort=name");
  const place = { parts: ["map", "fleet"], query: new URLSearchParams("color=age&view=hilbert") };
  expect(hrefWith(place, { view: undefined, select: "10.0.0.0/8" })).toBe(
    "/map/fleet?color=age&select=10.0.0.0%2F8",
  );
});
