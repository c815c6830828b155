import { expect, test } from "vitest";
import { verbsFixture } from "../testing/verbs-fixture.ts";
import { Registry } from "./registry.ts";

test("a listener that throws when a kind comes costs only itself", async () => {
  const { widgets } = await verbsFixture();
  const thrown: unknown[] = [];
  const told: string[] = [];
  const registry = new Registry((error) => thrown.push(error));
  const fault = new Error("of the listener");
  registry.onChange(() => told.push("first"));
  registry.onChange(() => {
    throw fault;
  });
  registry.onChange(() => told.push("last"));
  registry.set("widgets.example.com", [widgets]);
  expect(told).toEqual(["first", "last"]);
  expect(thrown).toEqual([fault]);
  expect(registry.find("example.com", "v1", "widgets")).toBe(widgets);
});
