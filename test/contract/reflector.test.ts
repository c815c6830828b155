/** The reflector over the real thing: after any history its sink holds what a list shows. */
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { type AnyObject, createClient, listAll } from "../../src/client/index.ts";
import { drainMicrotasks, systemKernel } from "../../src/kernel/index.ts";
import { Reflector, type ReflectorOptions } from "../../src/runtime/watch/index.ts";
import { RecordingSink } from "../../src/runtime/watch/testing/recording-sink.ts";
import { useCluster } from "./cluster.ts";
import { configMaps } from "./resources.ts";

const api = useCluster();
const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()));
});

function reflect(options: Partial<ReflectorOptions<AnyObject>> = {}) {
  const sink = new RecordingSink();
  const abort = new AbortController();
  const reflector = new Reflector({
    client: api.client,
    resource: configMaps,
    namespace: api.namespace,
    sink,
    kernel: systemKernel,
    logger: pino({ enabled: false }),
    ...options,
  });
  const done = reflector.run(abort.signal);
  running.push(() => {
    abort.abort(new Error("the test is over"));
    return done;
  });
  return { sink, reflector };
}

const create = (name: string, group: string) => {
  const metadata = { namespace: api.namespace, name, labels: { group } };
  return api.client.create(configMaps, { ...api.configMap(name), metadata });
};

async function has(sink: RecordingSink, name: string): Promise<void> {
  while (!sink.objects.has(name)) await drainMicrotasks();
}

test("PX-09 what is there is listed in pages, and what comes is watched", async () => {
  for (let i = 0; i < 7; i++) await create(`page-${i}`, "pages");
  const { sink } = reflect({ labelSelector: "group=pages", pageSize: 3 });
  const [first] = await sink.until(1);
  expect(first?.split(" ")[2]?.split(",")).toHaveLength(7);
  await create("page-new", "pages");
  await api.client.delete(configMaps, { namespace: api.namespace, name: "page-0" });
  const lines = (await sink.until(3)).filter((line) => !line.startsWith("."));
  expect(lines.slice(1).map((line) => line.split("@")[0])).toEqual(["+ page-new", "- page-0"]);
});

test("PX-09 nothing is lost or repeated while the server ends watches every second", async () => {
  let watches = 0;
  const client: ReflectorOptions<AnyObject>["client"] = {
    list: (resource, options) => api.client.list(resource, options),
    watch: (resource, options) => {
      watches++;
      return api.client.watch(resource, options);
    },
  };
  const { sink } = reflect({ client, labelSelector: "group=churn", watchTimeoutSeconds: 1 });
  await sink.until(1);
  const changed: string[] = [];
  for (let i = 0; watches < 4; i++) {
    const name = `churn-${i % 5}`;
    const { metadata } = sink.objects.has(name)
      ? await api.client.patch(configMaps, { namespace: api.namespace, name }, "merge", {
          data: { i: `${i}` },
        })
      : await create(name, "churn");
    changed.push(`${name}@${metadata.resourceVersion}`);
    await has(sink, name);
  }
  await create("churn-last", "churn");
  await has(sink, "churn-last");
  const seen = sink.lines.filter((line) => /^[+~]/.test(line)).map((line) => line.slice(2));
  expect(seen.slice(0, -1)).toEqual(changed);
});

test("PX-09 nothing is lost while connections break", async () => {
  const { sink } = reflect({ labelSelector: "group=cuts", client: cutting() });
  await sink.until(1);
  for (let i = 0; i < 30; i++) await create(`cut-${i}`, "cuts");
  await has(sink, "cut-29");
  const list = await listAll(api.client, configMaps, {
    namespace: api.namespace,
    labelSelector: "group=cuts",
  });
  const wanted = list.items.map((item) => `+ ${item.metadata.name}@${item.metadata.resourceVersion}`);
  expect(sink.lines.filter((line) => line.startsWith("+")).toSorted()).toEqual(wanted.toSorted());
});

/** A client each of whose first watches ends after one event. */
function cutting(): ReflectorOptions<AnyObject>["client"] {
  let cuts = 0;
  return {
    list: (resource, options) => api.client.list(resource, options),
    watch: async (resource, options) => {
      const watch = await api.client.watch(resource, options);
      if (cuts++ >= 5) return watch;
      return (async function* () {
        for await (const event of watch) {
          yield event;
          return;
        }
      })();
    },
  };
}

test.skipIf(!api.embedded)(
  "RQ-09 what was deleted while no watch was open, and forgotten, is missing from the next list",
  async () => {
    for (const name of ["gap-1", "gap-2"]) await create(name, "gap");
    const gate = Promise.withResolvers<void>();
    let watches = 0;
    const client: ReflectorOptions<AnyObject>["client"] = {
      list: (resource, options) => api.client.list(resource, options),
      watch: async (resource, options) => {
        if (watches++ === 0) await gate.promise;
        return api.client.watch(resource, options);
      },
    };
    const { sink } = reflect({ client, labelSelector: "group=gap" });
    await sink.until(1);
    await api.client.delete(configMaps, { namespace: api.namespace, name: "gap-1" });
    await create("gap-3", "gap");
    await api.forgetHistory();
    gate.resolve();
    const lines = await sink.until(2);
    expect(lines[0]).toMatch(/gap-1,gap-2$/);
    expect(lines[1]).toMatch(/^= \d+ gap-2,gap-3$/);
  },
);

test("a second client sees the same", async () => {
  const other = createClient(api.config, { kernel: systemKernel });
  const { sink } = reflect({ client: other, labelSelector: "group=second" });
  await sink.until(1);
  await create("second", "second");
  await has(sink, "second");
  await other.close();
});
