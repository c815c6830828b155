/** Both stores against a model that keeps every state it ever had. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  createMemoryStore,
  EVERY_KIND,
  openSqliteStore,
  type Store,
  type StoreChange,
  type Write,
} from "./index.ts";

interface ModelObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly createRevision: number;
  readonly text: string;
}

interface ModelChange {
  readonly type: "put" | "delete";
  readonly revision: number;
  readonly object: ModelObject;
  readonly previous: ModelObject | undefined;
}

type State = ReadonlyMap<string, ModelObject>;

const keyOf = (at: { kind: string; namespace: string; name: string }) =>
  `${at.kind}|${at.namespace}|${at.name}`;

class Model {
  /** Item i is the state at revision i. */
  readonly states: State[] = [new Map()];
  readonly changes: ModelChange[] = [];
  oldest = 1;

  get revision(): number {
    return this.states.length - 1;
  }

  get newest(): State {
    return this.states[this.revision]!;
  }

  /** The revision, or undefined when the condition does not hold. */
  write(write: Write, text: string): number | undefined {
    const previous = this.newest.get(keyOf(write));
    if ((previous?.revision ?? 0) !== write.expectedRevision) return undefined;
    if (write.do === "delete" && previous === undefined) return undefined;
    const revision = this.revision + 1;
    const { kind, namespace, name } = write;
    const createRevision = previous?.createRevision ?? revision;
    const object =
      write.do === "put"
        ? { kind, namespace, name, revision, createRevision, text }
        : (previous as ModelObject);
    const next = new Map(this.newest);
    if (write.do === "put") next.set(keyOf(write), object);
    else next.delete(keyOf(write));
    this.states.push(next);
    this.changes.push({ type: write.do, revision, object, previous });
    return revision;
  }

  list(kind: string, namespace: string | undefined, revision: number): ModelObject[] {
    const order = (object: ModelObject) => `${object.namespace}\0${object.name}`;
    return [...this.states[revision]!.values()]
      .filter((object) => object.kind === kind && (namespace === undefined || object.namespace === namespace))
      .sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }
}

interface Watching {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly after: number;
  readonly seen: ModelChange[];
}

const kinds = ["apples", "pears"];
const namespaces = ["", "a", "a-b", "b"];
const names = ["x", "x-1", "x.y", "y"];
const part = fc.nat({ max: 999 });

const operations = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constantFrom("put" as const, "put" as const, "delete" as const),
        kind: fc.constantFrom(...kinds),
        namespace: fc.constantFrom(...namespaces),
        name: fc.constantFrom(...names),
        expect: fc.constantFrom("newest", "newest", "newest", "visible", "nothing"),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("settle" as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("list" as const),
        kind: fc.constantFrom(...kinds, "none"),
        namespace: fc.constantFrom(undefined, ...namespaces),
        revision: fc.option(part, { nil: undefined }),
        limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("watch" as const),
        kind: fc.constantFrom(...kinds, EVERY_KIND),
        namespace: fc.constantFrom(undefined, ...namespaces),
        after: part,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("compact" as const), revision: part }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
  ),
  { minLength: 1, maxLength: 150, size: "max" },
);

type Operation = (typeof operations extends fc.Arbitrary<infer T> ? T : never)[number];

class Run {
  store: Store;
  readonly #reopen: (store: Store) => Promise<Store>;
  readonly model = new Model();
  watching: Watching[] = [];
  #writes: Promise<void>[] = [];
  #texts = 0;

  constructor(store: Store, reopen: (store: Store) => Promise<Store>) {
    this.store = store;
    this.#reopen = reopen;
  }

  async apply(operation: Operation): Promise<void> {
    if (operation.do === "put" || operation.do === "delete") return this.#write(operation);
    if (operation.do === "settle") return this.settle();
    if (operation.do === "list") return this.#list(operation);
    if (operation.do === "watch") return this.#watch(operation);
    await this.settle();
    if (operation.do === "compact") {
      const revision = operation.revision % (this.model.revision + 2);
      await this.store.compact(revision);
      this.model.oldest = Math.max(this.model.oldest, Math.min(revision, this.model.revision));
      return;
    }
    this.checkWatches();
    this.watching = [];
    this.store = await this.#reopen(this.store);
    expect([this.store.revision, this.store.oldestRevision]).toEqual([
      this.model.revision,
      this.model.oldest,
    ]);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#writes.splice(0));
    expect(this.store.revision).toBe(this.model.revision);
    for (const kind of kinds) {
      for (const namespace of [undefined, ...namespaces]) {
        const expected = this.model.list(kind, namespace, this.model.revision).length;
        expect(this.store.count(kind, namespace)).toBe(expected);
      }
    }
  }

  checkWatches(): void {
    for (const { kind, namespace, after, seen } of this.watching) {
      const expected = this.model.changes.filter(
        ({ revision, object }) =>
          revision > after &&
          revision <= this.store.revision &&
          (kind === EVERY_KIND || kind === object.kind) &&
          (namespace === undefined || namespace === object.namespace),
      );
      expect(seen).toEqual(expected);
    }
  }

  #write(operation: Operation & { do: "put" | "delete" }): void {
    const { kind, namespace, name } = operation;
    const text = `t${this.#texts++}`;
    const visible = this.store.get({ kind, namespace, name })?.revision ?? 0;
    const newest = this.model.newest.get(keyOf(operation))?.revision ?? 0;
    const expectedRevision = { newest, visible, nothing: 0 }[operation.expect as "newest"];
    const object = { apiVersion: "v1", kind: "Fruit", metadata: { name, namespace }, text };
    const write: Write =
      operation.do === "put"
        ? { do: "put", kind, namespace, name, object, expectedRevision }
        : { do: "delete", kind, namespace, name, expectedRevision };
    const expected = this.model.write(write, text);
    const current = this.model.newest.get(keyOf(operation))?.revision;
    this.#writes.push(
      this.store.write(write).then((result) => {
        if (result.ok) expect(result.value.revision).toBe(expected);
        else expect([expected, result.error.current?.revision]).toEqual([undefined, current]);
      }),
    );
  }

  #list({ kind, namespace, revision, limit }: Operation & { do: "list" }): void {
    const asked = revision === undefined ? undefined : revision % (this.store.revision + 1);
    const at = asked ?? this.store.revision;
    const whole = this.model.list(kind, namespace, at);
    const read: ModelObject[] = [];
    for (let after: ModelObject | undefined; ; ) {
      const page = this.store.list(kind, {
        ...(namespace === undefined ? {} : { namespace }),
        ...(asked === undefined ? {} : { revision: asked }),
        ...(limit === undefined ? {} : { limit }),
        ...(after === undefined ? {} : { after }),
      });
      if (!page.ok) {
        expect(at).toBeLessThan(this.model.oldest);
        expect(page.error.oldest).toBe(this.model.oldest);
        return;
      }
      expect(page.value.revision).toBe(at);
      read.push(...page.value.items.map(plain));
      expect(page.value.remaining).toBe(whole.length - read.length);
      if (page.value.remaining === 0) break;
      after = read.at(-1);
    }
    expect(read).toEqual(whole);
  }

  #watch({ kind, namespace, after }: Operation & { do: "watch" }): void {
    const from = after % (this.store.revision + 1);
    const seen: ModelChange[] = [];
    const watch = this.store.watch(kind, {
      ...(namespace === undefined ? {} : { namespace }),
      after: from,
      onChange: (change) => void seen.push(plainChange(change)),
    });
    if (watch.ok) this.watching.push({ kind, namespace, after: from, seen });
    else expect(from).toBeLessThan(this.model.oldest - 1);
  }
}

function plain(stored: Extract<StoreChange, { type: "put" }>["current"]): ModelObject {
  const { kind, namespace, name, revision, createRevision, object } = stored;
  expect(object.metadata.resourceVersion).toBe(String(revision));
  expect(JSON.parse(stored.json())).toEqual(object);
  return { kind, namespace, name, revision, createRevision, text: object.text as string };
}

function plainChange(change: StoreChange): ModelChange {
  const { type, revision, previous } = change;
  const before = previous === undefined ? undefined : plain(previous);
  return { type, revision, previous: before, object: type === "put" ? plain(change.current) : before! };
}

async function check(run: Run, list: readonly Operation[]): Promise<void> {
  for (const operation of list) await run.apply(operation);
  await run.settle();
  run.checkWatches();
  await run.store.close();
}

test("the memory store does as the model does", async () => {
  const never = async (store: Store) => store;
  await fc.assert(
    fc.asyncProperty(operations, (list) => check(new Run(createMemoryStore(), never), list)),
    { numRuns: 200 },
  );
});

test("the SQLite store does as the model does, restarts included", async () => {
  await fc.assert(
    fc.asyncProperty(operations, async (list) => {
      const directory = mkdtempSync(join(tmpdir(), "plexaubnet-model-"));
      const open = () => openSqliteStore(join(directory, "state.db"));
      const reopen = async (store: Store) => {
        await store.close();
        return open();
      };
      try {
        await check(new Run(open(), reopen), list);
      } finally {
        rmSync(directory, { recursive: true });
      }
    }),
    { numRuns: 8 },
  );
});
