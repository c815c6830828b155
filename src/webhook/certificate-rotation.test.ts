import { pino } from "pino";
import { beforeAll, expect, test } from "vitest";
import { createAuthority, issueServerCertificate } from "../certificates/index.ts";
import { drainMicrotasks, ManualClock, seededRandom } from "../kernel/index.ts";
import { ANNOUNCE_INTERVAL_MS, CertificateRotation, CHECK_INTERVAL_MS } from "./certificate-rotation.ts";
import type { WebhookCertificate } from "./given-certificate.ts";

const issueClock = new ManualClock(Date.UTC(2026, 0, 1));
const kernelOf = (clock: ManualClock) => ({ clock, random: seededRandom(1) });

let first: WebhookCertificate;
let second: WebhookCertificate;
beforeAll(async () => {
  const kernel = kernelOf(issueClock);
  const certificate = async (name: string) => {
    const authority = await createAuthority(kernel, name);
    const server = await issueServerCertificate(kernel, authority, "webhook", ["localhost"]);
    return { ...server, caBundle: authority.certificate };
  };
  first = await certificate("first");
  second = await certificate("second");
});

/** A rotation that started with the first certificate; what it did, in order, and what it is to find next. */
async function rotating(now = Date.UTC(2026, 0, 1)) {
  const clock = new ManualClock(now);
  const done: (readonly [act: string, certificate: WebhookCertificate])[] = [];
  const log: { readonly level: number; readonly msg: string; readonly error?: string }[] = [];
  const found: { next: () => Promise<WebhookCertificate> } = { next: async () => first };
  const rotation = new CertificateRotation({
    kernel: kernelOf(clock),
    logger: pino({ level: "info" }, { write: (line) => log.push(JSON.parse(line)) }),
    obtain: () => found.next(),
    announce: async (certificate) => void done.push(["announce", certificate]),
    serve: (certificate) => void done.push(["serve", certificate]),
  });
  await rotation.start(first);
  const pass = async (durationMs: number) => {
    for (let passedMs = 0; passedMs < durationMs; passedMs += CHECK_INTERVAL_MS) {
      clock.advance(CHECK_INTERVAL_MS);
      await drainMicrotasks();
    }
  };
  return { rotation, done, log, found, pass };
}

test("what stays as it is, is announced once an hour and not served again", async () => {
  const { done, pass } = await rotating();
  expect(done).toEqual([["announce", first]]);
  await pass(ANNOUNCE_INTERVAL_MS - CHECK_INTERVAL_MS);
  expect(done).toHaveLength(1);
  await pass(CHECK_INTERVAL_MS);
  expect(done).toEqual([
    ["announce", first],
    ["announce", first],
  ]);
});

test("another certificate is announced within a minute, and then served", async () => {
  const { done, found, pass } = await rotating();
  found.next = async () => second;
  await pass(CHECK_INTERVAL_MS);
  expect(done.slice(1)).toEqual([
    ["announce", second],
    ["serve", second],
  ]);
  const both = { ...second, caBundle: `${second.caBundle}\n${first.caBundle}` };
  found.next = async () => both;
  await pass(CHECK_INTERVAL_MS);
  expect(done.at(-2)).toEqual(["announce", both]);
});

test("while there is nothing better the present one is kept, which is said once", async () => {
  const { done, log, found, pass } = await rotating();
  found.next = () => Promise.reject(new Error("the key does not fit"));
  await pass(5 * CHECK_INTERVAL_MS);
  expect(done).toHaveLength(1);
  expect(log).toMatchObject([{ level: 40, error: "the key does not fit" }]);
  found.next = async () => second;
  await pass(CHECK_INTERVAL_MS);
  expect(done.at(-1)).toEqual(["serve", second]);
});

test("one that has expired is served with a warning: the rest of the operator does not need it", async () => {
  const { done, log } = await rotating(Date.UTC(2027, 6, 1));
  expect(done).toEqual([["announce", first]]);
  expect(log).toMatchObject([{ level: 40, msg: expect.stringContaining("has expired") }]);
});

test("nothing happens after the end", async () => {
  const { rotation, done, log, found, pass } = await rotating();
  let answer: (certificate: WebhookCertificate) => void = () => {};
  found.next = () => new Promise((resolve) => (answer = resolve));
  await pass(CHECK_INTERVAL_MS);
  rotation.stop();
  answer(second);
  await pass(ANNOUNCE_INTERVAL_MS);
  expect([done, log]).toEqual([[["announce", first]], []]);
});
