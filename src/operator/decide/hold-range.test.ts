import { describe, expect, test } from "vitest";
import { GIVEN_BACK_ANNOTATION, type PoolSettings, readPoolSettings, type Subnet } from "../../api/index.ts";
import type { Decision } from "../../runtime/index.ts";
import { heldObstacleOf } from "../model/held-obstacle.ts";
import type { HeldRange } from "../model/held-range.ts";
import { allocated, pool, subnet } from "../testing/objects.ts";
import { usablePool } from "../testing/usable-pool.ts";
import { type HoldingSnapshot, holdRange } from "./hold-range.ts";

const corp = pool("corp", "10.0.0.0/16", {
  spec: { reserved: [{ cidr: "10.0.9.0/24", reason: "routers" }] },
});

const web = (cidr: string) => pool("web", cidr, { spec: { parentRef: { name: "corp" } } });

const held = (name: string, cidr: string, more: Parameters<typeof subnet>[3] = {}) =>
  subnet(name, "corp", cidr, { status: allocated(), ...more, spec: { clusterID: "pool.web" } });

const base = held("base", "10.0.0.0/24");
const givenBack = { metadata: { annotations: { [GIVEN_BACK_ANNOTATION]: "true" } } };

function settingsOf(cidr: string): PoolSettings {
  const settings = readPoolSettings(web(cidr));
  if (!settings.ok) throw new Error("a test describes a pool with faults");
  return settings.value;
}

function decide(
  cidr: string,
  range: HeldRange,
  more: Partial<HoldingSnapshot> & { readonly taken?: Readonly<Record<string, string>> } = {},
): Decision {
  const own = [range.base, ...range.extensions].filter(
    (it) => it !== undefined && it.status?.phase !== "Failed",
  );
  const taken = Object.fromEntries(own.map((it) => [it?.metadata.name, it?.spec.cidr ?? ""]));
  return holdRange(web(cidr), settingsOf(cidr), {
    parentName: "corp",
    parent: usablePool(corp, { ...taken, ...more.taken }),
    held: range,
    ownsBase: true,
    inhabited: new Set(),
    poolRequest: undefined,
    ...more,
  });
}

/** `create 10.0.1.0/24`, `delete base`. */
const told = ({ actions }: Decision) =>
  actions.flatMap((action) => {
    if (action.do === "create") return [`create ${(action.object as Subnet).spec.cidr}`];
    if (action.do === "emit") return [`tell ${action.event.reason}`];
    return "of" in action ? [`${action.do} ${action.of.metadata.name}`] : [];
  });

describe("a child pool that grows", () => {
  test("PS-15 asks for the fewest pieces around what it holds, each under a name of its own", () => {
    const decision = decide("10.0.0.0/22", { base, extensions: [] });
    expect(told(decision)).toEqual(["create 10.0.1.0/24", "create 10.0.2.0/23"]);
    expect(decision.verdict).toBe("blocked");
    const names = decision.actions.flatMap((action) =>
      action.do === "create" ? [action.object.metadata.name] : [],
    );
    const again = decide("10.0.0.0/22", { base, extensions: [] }).actions;
    expect(again.flatMap((action) => (action.do === "create" ? [action.object.metadata.name] : []))).toEqual(
      names,
    );
    expect(new Set(names).size).toBe(2);
  });

  test("PS-15 asks only for what it has not asked for, decided or not", () => {
    const pending = held("one", "10.0.1.0/24", { status: { phase: "Pending" } });
    const failed = held("two", "10.0.2.0/23", { status: { phase: "Failed" } });
    expect(told(decide("10.0.0.0/21", { base, extensions: [pending, failed] }))).toEqual([
      "tell AllocationConflict",
      "create 10.0.4.0/22",
    ]);
    expect(told(decide("10.0.0.0/22", { base, extensions: [pending, failed] }))).toEqual([]);
  });

  test("PX-03 requests what is free, reports what blocks the rest, and waits for that", () => {
    const decision = decide("10.0.0.0/22", { base, extensions: [] }, { taken: { x: "10.0.3.0/24" } });
    expect(told(decision)).toEqual(["tell AllocationConflict", "create 10.0.1.0/24"]);
    expect(decision.message).toContain(
      "10.0.2.0/23 in its parent corp overlaps 10.0.3.0/24, which is taken by Subnet x",
    );
  });

  test("PX-05 leaves the block that it began with to the claim that made it", () => {
    const none = { base: undefined, extensions: [] };
    expect(told(decide("10.0.0.0/22", none, { ownsBase: false }))).toEqual([]);
    expect(told(decide("10.0.0.0/22", none))).toEqual(["create 10.0.0.0/22"]);
    const lost = { base: undefined, extensions: [held("one", "10.0.1.0/24")] };
    expect(told(decide("10.0.0.0/22", lost))).toEqual(["create 10.0.0.0/24"]);
  });

  test("PX-05 asks a parent that is not ready for nothing", () => {
    const parent = { state: "not-ready", reason: "BlockPending", message: "waits" } as const;
    const decision = decide("10.0.0.0/22", { base, extensions: [] }, { parent });
    expect(told(decision)).toEqual([]);
    expect(decision.verdict).toBe("blocked");
  });
});

describe("a child pool that shrinks", () => {
  const one = held("one", "10.0.1.0/24");
  const two = held("two", "10.0.2.0/23");

  test("PX-02 marks what is outside first, and gives it back when it has seen the mark", () => {
    expect(told(decide("10.0.0.0/23", { base, extensions: [one, two] }))).toEqual(["patch two"]);
    const marked = held("two", "10.0.2.0/23", givenBack);
    expect(told(decide("10.0.0.0/23", { base, extensions: [one, marked] }))).toEqual(["delete two"]);
  });

  test("PX-02 keeps the ranges that are in use, marked or not, until that is gone", () => {
    const marked = held("two", "10.0.2.0/23", givenBack);
    for (const it of [two, marked]) {
      const decision = decide(
        "10.0.0.0/23",
        { base, extensions: [one, it] },
        { inhabited: new Set(["two"]) },
      );
      expect(told(decision)).toEqual([]);
      expect(decision.verdict).toBe("blocked");
    }
  });

  test("takes the mark away when it grows again in between", () => {
    const marked = held("two", "10.0.2.0/23", givenBack);
    const decision = decide("10.0.0.0/22", { base, extensions: [one, marked] });
    expect(decision.actions).toMatchObject([
      { do: "patch", patch: { metadata: { annotations: { [GIVEN_BACK_ANNOTATION]: null } } } },
    ]);
  });

  test("drops what was refused and is wanted no more, and never the block that it began with", () => {
    const failed = held("two", "10.0.2.0/23", { status: { phase: "Failed" } });
    expect(told(decide("10.0.0.0/24", { base, extensions: [failed] }))).toEqual(["delete two"]);
    expect(told(decide("10.0.0.0/25", { base, extensions: [] }))).toEqual([]);
    expect(told(decide("10.0.2.0/23", { base, extensions: [two] }))).toEqual([]);
  });

  test("touches nothing when its range was moved away", () => {
    expect(told(decide("10.0.64.0/24", { base, extensions: [one, two] }))).toEqual([]);
  });
});

describe("what a child pool reports of its range", () => {
  const obstacleTo = (cidr: string, range: HeldRange, taken: Readonly<Record<string, string>> = {}) => {
    const parent = () => usablePool(corp, { base: "10.0.0.0/24", ...taken });
    return heldObstacleOf(settingsOf(cidr).cidr, range, { poolName: "web", parentName: "corp", parent });
  };

  test("PX-05 nothing, while it lies in what it holds", () => {
    expect(obstacleTo("10.0.0.0/24", { base, extensions: [] })).toBeUndefined();
    expect(obstacleTo("10.0.0.0/26", { base, extensions: [] })).toBeUndefined();
    expect(obstacleTo("10.0.0.0/23", { base, extensions: [held("one", "10.0.1.0/24")] })).toBeUndefined();
  });

  test("PX-02 what is being given back does not count", () => {
    const marked = held("one", "10.0.1.0/24", givenBack);
    expect(obstacleTo("10.0.0.0/23", { base, extensions: [marked] })?.reason).toBe("BlockPending");
  });

  test.each([
    ["10.0.0.0/22", {}, "BlockPending", "grows to 10.0.0.0/22, and waits for 10.0.1.0/24, 10.0.2.0/23"],
    [
      "10.0.0.0/22",
      { x: "10.0.2.0/26" },
      "BlockTaken",
      "release that block, or set spec.cidr back to 10.0.0.0/24",
    ],
    [
      "10.0.0.0/20",
      { x: "10.0.2.0/26" },
      "BlockTaken",
      "which is reserved (routers): remove the reservation",
    ],
    [
      "10.0.0.0/15",
      {},
      "BlockTaken",
      "10.1.0.0/16 in its parent corp lies outside 10.0.0.0/16: let corp grow first",
    ],
    ["10.0.5.0/24", {}, "BlockDiffers", "holds 10.0.0.0/24 in its parent corp"],
  ])("PX-03 of %s with %o: %s, and the cure", (cidr, taken, reason, words) => {
    const said = obstacleTo(cidr, { base, extensions: [] }, taken as Readonly<Record<string, string>>);
    expect(said?.reason).toBe(reason);
    expect(said?.message).toContain(words);
  });

  test("PX-03 a Subnet that was refused reports why, with the cure", () => {
    const message = "spec.cidr: 10.0.2.0/23 lies outside";
    const conditions = [
      {
        type: "Ready",
        status: "False",
        reason: "OutsidePool",
        message,
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ] as const;
    const failed = held("two", "10.0.2.0/23", {
      status: { phase: "Failed", message, conditions: [...conditions] },
    });
    const said = obstacleTo("10.0.0.0/22", { base, extensions: [held("one", "10.0.1.0/24"), failed] });
    expect(said?.message).toBe(
      `cannot grow to 10.0.0.0/22: ${message}: let corp grow first, or set spec.cidr back to 10.0.0.0/23`,
    );
  });
});
