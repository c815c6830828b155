import { describe, expect, test } from "vitest";
import { ApiError } from "../client/index.ts";
import { type ControllerDefinition, controller } from "./controller.ts";
import { type CacheDelta, type Decision, index, NAME_INDEX, type Request, request } from "./index.ts";
import { LeadershipLostError, type Manager } from "./manager.ts";
import { RuntimeFixture } from "./testing/runtime-fixture.ts";
import { part, parts, type Thing, thing, things } from "./testing/things.ts";

const nothing: Decision = { verdict: "settled", actions: [], message: "nothing to do" };
const leaderElection = { namespace: "n", name: "lock", identity: "one" };

/** Writes `spec.size` into the status of each thing. */
function sizes(manager: Manager, calls: string[] = []): ControllerDefinition {
  const cache = manager.cache(things);
  return controller("sizes")
    .for(things)
    .reconcile(({ namespace, name }) => {
      calls.push(name);
      const found = cache.get(namespace, name);
      if (found === undefined || found.status?.size === found.spec?.size) return nothing;
      const status = { size: found.spec?.size };
      const actions = [{ do: "patch-status", resource: things, of: found, status }] as const;
      return { verdict: "settled", actions, message: "the size changed" };
    });
}

describe("the whole line", () => {
  test("a manager lists, watches, decides and writes", async () => {
    const fixture = new RuntimeFixture();
    fixture.api.put(things, thing("a", { size: 1 }));
    const manager = fixture.manager();
    manager.add(sizes(manager));
    await manager.start();
    fixture.api.put(things, thing("b", { size: 2 }));
    await fixture.settle();
    expect(fixture.api.peek(things, "n", "a")?.status).toEqual({ size: 1 });
    expect(fixture.api.peek(things, "n", "b")?.status).toEqual({ size: 2 });
    expect(fixture.api.log("patch")).toEqual(["patch Thing n/a", "patch Thing n/b"]);
  });

  test("at rest it writes nothing", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager();
    manager.add(sizes(manager));
    fixture.api.put(things, thing("a", { size: 1 }));
    await manager.start();
    await fixture.settle();
    fixture.api.requests.length = 0;
    await fixture.pass(100_000);
    expect(fixture.api.log("create", "update", "patch", "delete")).toEqual([]);
  });

  test("PX-03 a request that waits for an object by name is woken when it appears", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager();
    const cache = manager.cache(parts);
    const calls: string[] = [];
    const decide = ({ namespace, name }: Request): Decision => {
      calls.push(name);
      if (cache.get(namespace, "engine") !== undefined) return nothing;
      const until = [{ resource: parts, index: NAME_INDEX, value: `${namespace}/engine` }] as const;
      return { verdict: "blocked", actions: [], message: "the engine is missing", until };
    };
    manager.add(controller("builder").for(things).reconcile(decide));
    fixture.api.put(things, thing("car"));
    await manager.start();
    await fixture.settle();
    fixture.api.put(parts, part("wheel"));
    await fixture.settle();
    expect(calls).toEqual(["car"]);
    fixture.api.put(parts, part("engine"));
    await fixture.settle();
    expect(calls).toEqual(["car", "car"]);
  });

  test("RQ-05 a burst of changes that concern one object costs one reconcile", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager();
    const calls: string[] = [];
    const toOwner = ({ new: fresh, old }: CacheDelta<Thing>) => [
      request((fresh ?? old).metadata.namespace, (fresh ?? old).spec?.owner),
    ];
    const decide = ({ name }: Request) => {
      calls.push(name);
      return nothing;
    };
    manager.add(controller("owners").watches(parts, toOwner).reconcile(decide));
    for (let n = 0; n < 500; n++) fixture.api.put(parts, part(`p${n}`, { owner: "x" }));
    await manager.start();
    await fixture.settle();
    expect(calls).toEqual(["x"]);
    fixture.api.remove(parts, "n", "p1");
    fixture.api.remove(parts, "n", "p2");
    fixture.api.remove(parts, "n", "p3");
    await fixture.settle();
    // The first event starts one, those that come during it share the next.
    expect(calls.length).toBeLessThanOrEqual(3);
  });

  test("RQ-06 RQ-10.5 controllers and others can put requests into a queue", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager();
    const calls: string[] = [];
    const target = request("n", "pool") as Request;
    manager.add(
      controller("first")
        .for(things)
        .reconcile(() => ({
          verdict: "settled",
          actions: [{ do: "enqueue", controller: "second", request: target }],
          message: "the second shall look",
        })),
    );
    const second = manager.add(
      controller("second").reconcile(({ name }) => {
        calls.push(name);
        return nothing;
      }),
    );
    await manager.start();
    fixture.api.put(things, thing("a"));
    await fixture.settle();
    expect(calls).toEqual(["pool"]);
    second.enqueue(target);
    await fixture.settle();
    expect(calls).toEqual(["pool", "pool"]);
  });

  test("PX-08 an emitted event becomes a Kubernetes Event", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager();
    const cache = manager.cache(things);
    const decide = ({ namespace, name }: Request): Decision => {
      const regarding = cache.get(namespace, name);
      if (regarding === undefined) return nothing;
      const event = { regarding, type: "Warning", reason: "Odd", message: "its size is odd" } as const;
      return { verdict: "settled", actions: [{ do: "emit", event }], message: "odd" };
    };
    manager.add(controller("odd").for(things).reconcile(decide));
    fixture.api.put(things, thing("a"));
    await manager.start();
    await fixture.settle();
    expect(fixture.api.requests.filter(({ verb }) => verb === "create")).toMatchObject([
      { kind: "Event", body: { reason: "Odd", type: "Warning", source: { component: "test" } } },
    ]);
  });
});

describe("views", () => {
  test("a view hears of everything once, after the cache and its indexes changed and before any route", async () => {
    const fixture = new RuntimeFixture();
    const byOwner = index(things, "owner", (object) => [object.spec?.owner ?? ""]);
    const manager = fixture.manager({ indexes: [byOwner] });
    const cache = manager.cache(things);
    const heard: string[] = [];
    manager.onDelta(things, ({ type, new: fresh, origin }) => {
      heard.push(`view ${type} ${fresh?.metadata.name} ${origin} ${cache.countByIndex("owner", "x")}`);
    });
    const passes = ({ new: fresh }: CacheDelta<Thing>) => {
      heard.push(`route ${fresh?.metadata.name}`);
      return false;
    };
    manager.add(
      controller("test")
        .for(things, passes)
        .reconcile(() => nothing),
    );
    fixture.api.put(things, thing("a", { owner: "x" }));
    fixture.api.put(things, thing("b", { owner: "x" }));
    await manager.start();
    fixture.api.put(things, thing("c", { owner: "x" }));
    await fixture.settle();
    expect(heard).toEqual([
      "view added a list 2",
      "view added b list 2",
      "route a",
      "route b",
      "view added c watch 3",
      "route c",
    ]);
  });

  test("a view that throws is reported, and costs routes and other views nothing", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager();
    manager.onDelta(things, () => {
      throw new Error("a view broke");
    });
    const calls: string[] = [];
    manager.add(sizes(manager, calls));
    fixture.api.put(things, thing("a"));
    await manager.start();
    await fixture.settle();
    expect(calls).toEqual(["a"]);
    expect(fixture.lines("A change handler threw")).toMatchObject([
      { name: "a", err: { message: "a view broke" } },
    ]);
  });
});

describe("starting", () => {
  test("caches first, then leadership, then controllers", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager({ leaderElection });
    const calls: string[] = [];
    manager.add(sizes(manager, calls));
    fixture.api.put(things, thing("a", { size: 1 }));
    let letList: () => void = () => {};
    const until = new Promise<void>((resolve) => {
      letList = resolve;
    });
    fixture.api.fault = ({ verb }) => (verb === "list" ? { until } : undefined);
    const starting = manager.start();
    await fixture.settle();
    expect([manager.ready(), manager.isLeader(), calls]).toEqual([false, false, []]);
    expect(fixture.api.log("create")).toEqual([]);
    letList();
    await starting;
    expect([manager.ready(), manager.isLeader()]).toEqual([true, true]);
    await fixture.settle();
    expect(calls[0]).toBe("a");
    expect(await fixture.metric('leader_election_master_status{name="lock"}')).toBe(1);
  });

  test("a replica that waits for the lease is ready and warm, and writes nothing", async () => {
    const fixture = new RuntimeFixture();
    const first = fixture.manager({ leaderElection });
    await first.start();
    const second = fixture.manager({ leaderElection: { ...leaderElection, identity: "two" } });
    const calls: string[] = [];
    second.add(sizes(second, calls));
    fixture.api.put(things, thing("a", { size: 1 }));
    const starting = second.start();
    await fixture.pass(60_000);
    expect([second.ready(), second.isLeader(), calls]).toEqual([true, false, []]);
    await first.stop();
    await fixture.pass(5_000);
    await starting;
    expect(fixture.api.peek(things, "n", "a")?.status).toEqual({ size: 1 });
  });

  test("a kind that is missing is waited for, and said so once", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager();
    manager.add(sizes(manager));
    let installed = false;
    fixture.api.fault = () => (installed ? undefined : { before: new ApiError(404, { reason: "NotFound" }) });
    const starting = manager.start();
    await fixture.pass(60_000);
    expect(manager.ready()).toBe(false);
    const said = fixture.log.filter(({ msg }) => msg?.includes("does not serve things of example.org/v1"));
    expect(said).toHaveLength(1);
    installed = true;
    await fixture.pass(10_000);
    await starting;
  });

  test("one watch a kind, however many controllers look at it", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager();
    manager.add(sizes(manager));
    manager.add({ ...sizes(manager), name: "others" });
    await manager.start();
    await fixture.settle();
    expect(fixture.api.log("list", "watch")).toEqual(["list Thing /", "watch Thing /"]);
  });

  test("only the namespaces that were asked for are watched", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager({ namespaces: ["one", "two"] });
    const calls: string[] = [];
    manager.add(sizes(manager, calls));
    for (const namespace of ["one", "two", "three"]) {
      fixture.api.put(things, thing(`in-${namespace}`, { size: 1 }, namespace));
    }
    await manager.start();
    await fixture.settle();
    expect([...new Set(calls)].sort()).toEqual(["in-one", "in-two"]);
    // Each namespace is seen as far as it has come, so one's own write in one waits for nothing in the other.
    expect([...fixture.api.log("patch")].sort()).toEqual([
      "patch Thing one/in-one",
      "patch Thing two/in-two",
    ]);
  });

  test("mistakes of the caller are named", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager();
    manager.add(sizes(manager));
    expect(() => manager.add(sizes(manager))).toThrow("two controllers named sizes");
    expect(() => manager.add({ ...sizes(manager), name: "none", concurrency: 0 })).toThrow("concurrency");
    await manager.start();
    expect(() => manager.cache(parts)).toThrow("Part was asked for after the manager had started");
    await expect(manager.start()).rejects.toThrow("starts once");
  });
});

describe("stopping", () => {
  test("what is under way ends first; nothing is left behind", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager({ leaderElection });
    const calls: string[] = [];
    manager.add({ ...sizes(manager, calls), concurrency: 1 });
    await manager.start();
    let letPatch: () => void = () => {};
    const until = new Promise<void>((resolve) => {
      letPatch = resolve;
    });
    fixture.api.fault = ({ verb }) => (verb === "patch" ? { until } : undefined);
    for (const name of ["a", "b", "c"]) fixture.api.put(things, thing(name, { size: 1 }));
    await fixture.settle();
    let stopped = false;
    const stopping = manager.stop().then(() => {
      stopped = true;
    });
    await fixture.settle();
    expect([stopped, manager.isLeader(), fixture.api.watchCount]).toEqual([false, true, 1]);
    letPatch();
    await stopping;
    expect(calls).toEqual(["a"]);
    expect([manager.isLeader(), manager.ready(), fixture.api.watchCount]).toEqual([false, false, 0]);
    expect(fixture.clock.pendingCount).toBe(0);
  });

  test("what does not end within 30 s is aborted", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager();
    manager.add(sizes(manager));
    await manager.start();
    fixture.api.fault = ({ verb }) => (verb === "patch" ? { until: new Promise(() => {}) } : undefined);
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.settle();
    const stopping = manager.stop();
    await fixture.pass(30_000);
    await stopping;
    expect(fixture.clock.pendingCount).toBe(0);
  });

  test("a start that waits is ended by stop, and by its signal", async () => {
    const fixture = new RuntimeFixture();
    fixture.api.fault = () => ({ until: new Promise(() => {}) });
    const [one, two] = [fixture.manager(), fixture.manager()];
    for (const manager of [one, two]) manager.cache(things);
    const abort = new AbortController();
    const starts = [one.start(), two.start(abort.signal)].map((start) =>
      expect(start).rejects.toThrow("stopped"),
    );
    await fixture.settle();
    await one.stop();
    abort.abort();
    await Promise.all(starts);
    await two.stop();
  });

  test("stop can be called twice, and without a start", async () => {
    const manager = new RuntimeFixture().manager();
    await Promise.all([manager.stop(), manager.stop()]);
  });
});

describe("losing the lease", () => {
  test("all writing ends before another can take it, and the process is asked to end", async () => {
    const fixture = new RuntimeFixture();
    const manager = fixture.manager({ leaderElection });
    const handle = manager.add(sizes(manager));
    await manager.start();
    // The API takes everything but renewals; one write hangs.
    fixture.api.fault = ({ verb }) => {
      if (verb === "update" || verb === "patch") return { until: new Promise(() => {}) };
      return undefined;
    };
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.pass(10_000);
    expect(manager.isLeader()).toBe(false);
    expect(fixture.fatal[0]).toBeInstanceOf(LeadershipLostError);
    expect(manager.healthy()).toBe(false);
    fixture.api.fault = () => undefined;
    fixture.api.requests.length = 0;
    handle.enqueue(request("n", "a") as Request);
    await fixture.pass(100_000);
    expect(fixture.api.requests).toEqual([]);
  });
});
