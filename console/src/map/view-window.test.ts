import { expect, test } from "vitest";
import { parseBlock } from "../address/address.ts";
import {
  addressesIn,
  between,
  fitted,
  formatRange,
  fromScreen,
  panned,
  parseRange,
  STEPS,
  toScreen,
  windowOf,
  zoomed,
} from "./view-window.ts";

const bounds4 = windowOf(parseBlock("10.0.0.0/8")!);
const bounds6 = windowOf(parseBlock("2001:db8::/32")!);

test("CN-01 zooming in a thousand times and out again ends where it began, in both families", () => {
  for (const bounds of [bounds4, bounds6]) {
    let view = bounds;
    for (let step = 0; step < 1000; step++) view = zoomed(view, 0.9, 0.3, bounds);
    expect(view.span).toBe(4n * STEPS);
    for (let step = 0; step < 1500; step++) view = zoomed(view, 1 / 0.9, 0.3, bounds);
    expect(view).toEqual(bounds);
  }
});

test("CN-01 what is under the pointer stays there while it zooms", () => {
  const at = windowOf(parseBlock("2001:db8:1234:5678::/64")!).start;
  let view = bounds6;
  const x = toScreen(view, at, 1000);
  for (let step = 0; step < 200; step++) view = zoomed(view, 0.8, x / 1000, bounds6);
  expect(fromScreen(view, x, 1000) - at).toBeLessThan(1n << 48n);
  view = bounds4;
  for (let step = 0; step < 40; step++) view = zoomed(view, 0.8, 0.25, bounds4);
  expect(toScreen(view, bounds4.start + bounds4.span / 4n, 1000)).toBeCloseTo(250, 0);
});

test("CN-01 nothing outside of the bounds is reached", () => {
  expect(panned(bounds4, -3, bounds4)).toEqual(bounds4);
  const half = { start: bounds4.start, span: bounds4.span / 2n };
  expect(panned(half, 3, bounds4)).toEqual({ start: bounds4.start + bounds4.span / 2n, span: half.span });
  expect(panned(half, -3, bounds4)).toEqual(half);
  expect(fitted({ start: 0n, span: 1n << 60n }, bounds4)).toEqual(bounds4);
  const single = windowOf(parseBlock("10.0.0.1/32")!);
  expect(fitted(bounds4, single)).toEqual(single);
});

test("CN-01 the way between two windows begins and ends at them, and passes through sensible ones", () => {
  const to = windowOf(parseBlock("2001:db8:8000::/64")!);
  expect(between(bounds6, to, 0)).toEqual(bounds6);
  expect(between(bounds6, to, 1)).toEqual(to);
  let last = bounds6;
  for (let t = 0.05; t < 1; t += 0.05) {
    const view = between(bounds6, to, t);
    expect(view.span).toBeLessThan(last.span);
    expect(view.start + view.span).toBeGreaterThan(to.start);
    last = view;
  }
  const aside = { start: bounds6.start + 1000n, span: bounds6.span };
  expect(between(bounds6, aside, 0.5).start).toBe(bounds6.start + 500n);
});

test("CN-01 a range in a URL is read and written unchanged; what is not one is refused", () => {
  const view = parseRange(4, "10.32.0.0-10.47.255.255")!;
  expect(formatRange(4, view)).toBe("10.32.0.0-10.47.255.255");
  expect(addressesIn(view)).toEqual({ first: 0x0a20_0000n, last: 0x0a2f_ffffn });
  for (const text of ["", "10.0.0.0", "10.0.0.1-10.0.0.0", "::-::1", "10.0.0.0-10.0.0.1-10.0.0.2", "a-b"]) {
    expect(parseRange(4, text), text).toBeUndefined();
  }
});

test("CN-01 one address is as wide as it should be at the deepest zoom", () => {
  const view = fitted({ start: bounds6.start, span: 0n }, bounds6);
  expect(toScreen(view, bounds6.start + STEPS, 1000)).toBe(250);
});
