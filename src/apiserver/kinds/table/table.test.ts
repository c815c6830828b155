import { describe, expect, test } from "vitest";
import type { ServedResource } from "../resource.ts";
import { humanDuration } from "./human-duration.ts";
import { tableOf, tableText } from "./table.ts";

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

test.each([
  [0, "0s"],
  [-500, "0s"],
  [-5 * S, "<invalid>"],
  [119 * S, "119s"],
  [2 * M, "2m"],
  [5 * M + 12 * S, "5m12s"],
  [179 * M, "179m"],
  [3 * H, "3h"],
  [7 * H + 30 * M, "7h30m"],
  [47 * H, "47h"],
  [3 * D + 4 * H, "3d4h"],
  [30 * D, "30d"],
  [800 * D, "2y70d"],
  [3650 * D, "10y"],
])("%d ms is %s", (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

describe("a table", () => {
  const resource = { columns: [] as ServedResource["columns"] } as ServedResource;
  const object = {
    apiVersion: "v1",
    kind: "X",
    metadata: { name: "a", creationTimestamp: "2026-01-01T00:00:00Z" },
  };
  const nowMs = Date.UTC(2026, 0, 1, 0, 1);
  const options = { includeObject: "Metadata", nowMs, withColumns: true, metadata: {} } as const;

  test("of a kind without columns shows name and age", () => {
    expect(tableOf(resource, [object], options)).toMatchObject({
      columnDefinitions: [{ name: "Name" }, { name: "Age" }],
      rows: [{ cells: ["a", "60s"], object: { kind: "PartialObjectMetadata", metadata: object.metadata } }],
    });
  });

  test("holds as much of the objects as was asked for", () => {
    const rows = (includeObject: "None" | "Object") =>
      (tableOf(resource, [object], { ...options, includeObject }) as { rows: object[] }).rows[0];
    expect(rows("None")).toMatchObject({ object: null });
    expect(rows("Object")).toMatchObject({ object });
  });

  test("leaves the cell of a column empty that cannot make sense of an object", () => {
    const cell = ({ metadata }: typeof object) => {
      if (metadata.name === "odd") throw new TypeError("odd");
      return 1;
    };
    const columns = [{ name: "Odd", type: "integer", description: "", priority: 0, cell }];
    const odd = { ...object, metadata: { name: "odd" } };
    const table = tableOf({ columns } as unknown as ServedResource, [odd, object], options);
    expect(table).toMatchObject({ rows: [{ cells: ["odd", null] }, { cells: ["a", 1] }] });
  });

  test.each([0, 1, 3])("of %d rows is the same in pieces as whole", (count) => {
    const objects = Array.from({ length: count }, () => object);
    const pieces = [...tableText(resource, objects, options)];
    expect(JSON.parse(pieces.join(""))).toEqual(tableOf(resource, objects, options));
    expect(pieces).toHaveLength(count + 2);
  });
});
