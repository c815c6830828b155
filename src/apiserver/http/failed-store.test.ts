import { pino } from "pino";
import { Agent, request } from "undici";
import { expect, test } from "vitest";
import { systemKernel } from "../../kernel/index.ts";
import { createIdentity, startApiServer } from "../index.ts";
import { createMemoryStore, type Store, StoreFailedError } from "../store/index.ts";

test("PX-10 a store that failed is seen at /livez, /healthz and /readyz, by those who may know nothing else", async () => {
  let failure: Error | undefined;
  const store = new Proxy(createMemoryStore(), {
    get(target, name) {
      if (name === "failure") return failure;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as Store;
  const identity = await createIdentity(systemKernel, []);
  const server = await startApiServer({
    kernel: systemKernel,
    store,
    identity,
    logger: pino({ level: "silent" }),
  });
  const dispatcher = new Agent({ connect: { ca: identity.caCertificate } });
  const codes = async () => {
    const answers = ["/livez", "/healthz", "/readyz", "/livez/store"].map(async (path) => {
      const answer = await request(`${server.url}${path}`, { dispatcher });
      await answer.body.dump();
      return answer.statusCode;
    });
    return Promise.all(answers);
  };
  expect(await codes()).toEqual([200, 200, 200, 200]);
  failure = new Error("the disk is gone");
  expect(await codes()).toEqual([500, 500, 500, 500]);
  // A restart makes no room.
  failure = new StoreFailedError("the disk is full", undefined, true);
  expect(await codes()).toEqual([200, 500, 500, 200]);
  await dispatcher.close();
  await server.stop();
  await store.close();
});
