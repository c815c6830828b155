import { zoomIdentity } from "d3-zoom";
import { expect, test } from "vitest";
import { parseBlock } from "../address/address.ts";
import { changeBetween } from "./gestures.ts";
import { changed, fromScreen, toScreen, windowOf, zoomed } from "./view-window.ts";

const bounds = windowOf(parseBlock("2001:db8::/32")!);

test("CN-01 a gesture keeps what is under the pointer under the pointer", () => {
  const start = zoomed(bounds, 1 / 1024, 0.4, bounds);
  const from = zoomIdentity.translate(-30, 0).scale(2);
  // Twice as near, around x = 300, and ten pixels to the right.
  const to = zoomIdentity.translate(300 - (300 - -30) * 2 + 10, 0).scale(4);
  const view = changed(start, changeBetween(from, to, 1000), bounds);
  expect(Number(start.span) / Number(view.span)).toBeCloseTo(2);
  const under = fromScreen(start, 300, 1000);
  expect(toScreen(view, under, 1000)).toBeCloseTo(310, 1);
});

test("CN-01 many small gestures lose nothing", () => {
  let view = zoomed(bounds, 1e-9, 0.4, bounds);
  const before = view;
  const right = changeBetween(zoomIdentity, zoomIdentity.translate(7, 0), 1000);
  const left = changeBetween(zoomIdentity, zoomIdentity.translate(-7, 0), 1000);
  for (let step = 0; step < 500; step++) view = changed(view, right, bounds);
  for (let step = 0; step < 500; step++) view = changed(view, left, bounds);
  expect(view).toEqual(before);
});
