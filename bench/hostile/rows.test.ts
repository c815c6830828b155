/** That the table of attacks is well-formed. */
import { describe, expect, test } from "vitest";
import { chooseRows, readFlags } from "./flags.ts";
import { GROUNDS } from "./ground.ts";
import { ROWS } from "./rows/index.ts";

describe("the table of attacks", () => {
  test("has ids that are distinct, and name a section", () => {
    const ids = ROWS.map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(ids.filter((id) => !/^[A-Z]\d?(-[a-z0-9]+)+$/.test(id))).toEqual([]);
    expect(Math.max(...ids.map((id) => id.length))).toBeLessThanOrEqual(34);
  });

  test("shows of each row what it is, on one line, and on which ground it stands", () => {
    for (const { id, what, limitMs, ground = "plain", isHuge, takesMinutes } of ROWS) {
      expect(what, id).toMatch(/^\S[^\n]*\S$/);
      expect(limitMs, id).toBeGreaterThan(0);
      expect(GROUNDS, id).toContain(ground);
      if (isHuge) expect(takesMinutes, id).toBe(true);
    }
  });

  test("has every section of the list of attacks", () => {
    const sections = ["A1", "A3", "A4", "A5", "B", "C", "E"];
    for (const section of sections) expect(ROWS.some(({ id }) => id.startsWith(`${section}-`))).toBe(true);
  });
});

describe("the flags of the attacks", () => {
  test("choose rows by the beginning of their id or by kind", () => {
    const named = chooseRows(ROWS, readFlags(["--only", "A3-include-object", "fairness", "--json"]));
    expect(named.length).toBeGreaterThan(2);
    expect(named.every(({ id, kind }) => id.startsWith("A3-include-object") || kind === "fairness")).toBe(
      true,
    );
  });

  test("leave out what takes minutes or gigabytes, unless it is named", () => {
    const all = chooseRows(ROWS, readFlags([]));
    expect(all.some(({ isHuge }) => isHuge)).toBe(false);
    const quick = chooseRows(ROWS, readFlags(["--quick"]));
    expect(quick).toEqual(all.filter(({ takesMinutes }) => takesMinutes !== true));
    const huge = ROWS.find(({ isHuge }) => isHuge);
    expect(chooseRows(ROWS, readFlags(["--quick", "--only", huge?.id ?? ""]))).toEqual([huge]);
  });

  test("that there are not are refused by name", () => {
    expect(() => readFlags(["--fast"])).toThrow(/no flag --fast/);
    expect(() => readFlags(["A1"])).toThrow(/A1 belongs to no flag/);
    expect(() => readFlags(["--only"])).toThrow(/--only needs an id/);
    expect(() => readFlags(["--cut-off", "soon"])).toThrow(/not "soon"/);
    expect(readFlags(["--cut-off", "5"]).cutOffMs).toBe(5_000);
  });
});
