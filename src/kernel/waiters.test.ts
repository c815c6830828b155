import { expect, test } from "vitest";
import { Waiters } from "./waiters.ts";

test("waiters go when what they wait for holds, and no others", async () => {
  const waiters = new Waiters();
  let revision = 1;
  const gone: string[] = [];
  waiters.whenever(
    () => revision >= 1,
    () => gone.push("at once"),
  );
  const takeBack = waiters.whenever(
    () => revision >= 2,
    () => gone.push("taken back"),
  );
  const second = waiters.wait(() => revision >= 2).then(() => gone.push("second"));
  const third = waiters.wait(() => revision >= 3);
  takeBack();
  revision = 2;
  waiters.check();
  await second;
  expect(gone).toEqual(["at once", "second"]);
  waiters.rejectAll(new Error("closed"));
  await expect(third).rejects.toThrow("closed");
});

test("a waiter that gives up is forgotten, whether before or while it waits", async () => {
  const waiters = new Waiters();
  const abort = new AbortController();
  let asked = 0;
  const waiting = waiters.wait(() => ++asked > 1_000, abort.signal);
  abort.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(waiters.wait(() => true, abort.signal)).rejects.toThrow("enough");
  asked = 0;
  waiters.check();
  expect(asked).toBe(0);
});
