import fc from "fast-check";
import type { Dispatcher } from "undici";
import { expect, test } from "vitest";
import { type HttpStream, StreamExchange } from "./stream-exchange.ts";

/** What undici hands to its handlers, as far as it is used. */
class FakeController {
  paused = false;
  aborted = false;
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  abort(): void {
    this.aborted = true;
  }
}

function opened() {
  const controller = new FakeController();
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const exchange = new StreamExchange(undefined, resolve, reject, (error) => error);
  const handed = controller as unknown as Dispatcher.DispatchController;
  exchange.onRequestStart(handed);
  exchange.onResponseStart(handed, 200, {});
  const data = (chunk: Buffer) => exchange.onResponseData(handed, chunk);
  return { controller, exchange, data, stream: promise as Promise<HttpStream> };
}

async function drain(stream: HttpStream): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await stream.next(); line !== undefined; line = await stream.next()) lines.push(line);
  return lines;
}

test("lines come out as they went in, wherever the bytes are cut and whenever they are taken", async () => {
  const line = fc
    .string({ unit: "binary", maxLength: 40 })
    .map((text) => text.replace(/[\r\n]/g, "").toWellFormed());
  const cuts = fc.array(fc.nat({ max: 60 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 30 }), cuts, fc.boolean(), async (lines, lengths, early) => {
      const { exchange, data, stream } = opened();
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(""));
      const taking = early ? drain(await stream) : undefined;
      let offset = 0;
      for (const length of lengths) {
        data(bytes.subarray(offset, offset + length));
        offset += length;
        if (early) await Promise.resolve();
      }
      data(bytes.subarray(offset));
      exchange.onResponseEnd();
      expect(await (taking ?? drain(await stream))).toEqual(lines.filter((each) => each !== ""));
    }),
    { numRuns: 300 },
  );
});

test("more than a mebibyte that the reader does not take pauses the connection, until it is taken", async () => {
  const { controller, data, stream } = opened();
  const line = Buffer.from(`${"x".repeat(1023)}\n`);
  for (let i = 0; i < 1024; i++) data(line);
  expect(controller.paused).toBe(false);
  data(line);
  expect(controller.paused).toBe(true);
  await (await stream).next();
  expect(controller.paused).toBe(false);
});

test("what arrived before the connection broke is still handed on, and then the failure", async () => {
  const { exchange, data, stream } = opened();
  data(Buffer.from("one\ntwo\nthr"));
  exchange.onResponseError(null, new Error("reset"));
  const lines = await stream;
  expect([await lines.next(), await lines.next()]).toEqual(["one", "two"]);
  await expect(lines.next()).rejects.toThrow("reset");
});

test("closing aborts the request and ends the one who waits", async () => {
  const { controller, data, stream } = opened();
  const lines = await stream;
  const next = lines.next();
  lines.close();
  expect(await next).toBeUndefined();
  expect(controller.aborted).toBe(true);
  data(Buffer.from("late\n"));
  expect(await lines.next()).toBeUndefined();
});

test("a line without end is given up", async () => {
  const { data, stream } = opened();
  const lines = await stream;
  const next = expect(lines.next()).rejects.toThrow(/64 MiB/);
  const piece = Buffer.alloc(1 << 20, "x");
  for (let i = 0; i <= 64; i++) data(piece);
  await next;
});

test("an answer that is not a 200 is handed over whole", async () => {
  const controller = new FakeController() as unknown as Dispatcher.DispatchController;
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const exchange = new StreamExchange(undefined, resolve, reject, (error) => error);
  exchange.onRequestStart(controller);
  exchange.onResponseStart(controller, 410, { "content-type": "application/json" });
  exchange.onResponseData(controller, Buffer.from('{"kind":'));
  exchange.onResponseData(controller, Buffer.from('"Status"}'));
  exchange.onResponseEnd();
  expect(await promise).toMatchObject({ code: 410, text: '{"kind":"Status"}' });
});
