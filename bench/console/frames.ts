/**
 * What a person sees in a headless Chromium: how soon the map is there, how smoothly it moves, and what it
 * costs.
 */
import type { Page } from "playwright-core";
import { launchChromium } from "../../test/e2e/console-browser.ts";
import { median, percentile } from "../report.ts";
import { NAMESPACE, ROOT_POOL, subnet } from "./large-fleet.ts";
import type { Served } from "./served.ts";

export interface Seen {
  /** From the request of the link to the painted map. */
  readonly paintedMs: number;
  /** Milliseconds between two frames while it is zoomed and panned. */
  readonly frameMedianMs: number;
  readonly frameP95Ms: number;
  /** From a change of an object to the picture. */
  readonly liveMs: number;
  /** JavaScript heap of the page after all of that. */
  readonly heapMegabytes: number;
}

const WIDTH = 1_600;
const HEIGHT = 900;
const WHEEL_STEPS = 40;

export async function lookAt(served: Served): Promise<Seen> {
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({ viewport: { width: WIDTH, height: HEIGHT } });
    const page = await context.newPage();
    const startMs = performance.now();
    await page.goto(served.console.link().replace("/?", `/map/${NAMESPACE}/${ROOT_POOL}?`));
    await page.locator(".legend-states li").first().waitFor();
    const paintedMs = performance.now() - startMs;
    const frames = await moving(page);
    const liveMs = await liveChange(page, served);
    const session = await context.newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    return {
      paintedMs,
      frameMedianMs: median(frames),
      frameP95Ms: percentile(frames, 95),
      liveMs,
      heapMegabytes: usedSize / 2 ** 20,
    };
  } finally {
    await browser.close();
  }
}

const WATCH_FRAMES = `(() => {
  window.frames_ = [];
  let last = performance.now();
  const next = (now) => {
    window.frames_.push(now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})()`;

/** Zooms in and out at three places with the wheel, and pans by dragging. */
async function moving(page: Page): Promise<number[]> {
  await page.evaluate(WATCH_FRAMES);
  for (const part of [0.2, 0.5, 0.8]) {
    const x = WIDTH * part;
    await page.mouse.move(x, HEIGHT / 2);
    for (let step = 0; step < WHEEL_STEPS; step++)
      await page.mouse.wheel(0, step < WHEEL_STEPS / 2 ? -240 : 120);
    await page.mouse.down();
    for (let step = 1; step <= WHEEL_STEPS; step++) {
      await page.mouse.move(x + step * (part > 0.5 ? -8 : 8), HEIGHT / 2);
    }
    await page.mouse.up();
  }
  const frames = await page.evaluate<number[]>("window.frames_.slice(1)");
  return frames;
}

async function liveChange(page: Page, { put }: Served): Promise<number> {
  await page.goto(page.url().split("?")[0] ?? page.url());
  await page.locator(".legend-states li").first().waitFor();
  const text = "document.querySelector('.legend-states')?.innerText";
  const isChanged = page.evaluate(`new Promise((resolve) => {
    const before = ${text};
    const look = () => (${text} === before ? requestAnimationFrame(look) : resolve());
    look();
  })`);
  // Whatever is evaluated after it begins after it.
  await page.evaluate("0");
  const startMs = performance.now();
  put(subnet("live", ROOT_POOL, (10 * 256 + 255) * 65_536, 24, 4));
  await isChanged;
  return performance.now() - startMs;
}
