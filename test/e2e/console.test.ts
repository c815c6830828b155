import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { API_VERSION, SUBNET_CLAIMS, SUBNET_POOLS } from "../../src/api/index.ts";
import { clusterConfigFor, createClient, type KubeClient, loadKubeconfig } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import {
  axeViolations,
  launchChromium,
  linkIn,
  screenshot,
  THEMES,
  type Viewing,
  view,
} from "./console-browser.ts";
import { type Running, type Scratch, scratch, up } from "./up-process.ts";

let folder: Scratch;
let running: Running;
let browser: Browser;
let client: KubeClient;
let viewing: Viewing;
let origin: string;

beforeAll(async () => {
  folder = scratch();
  [running, browser] = await Promise.all([up(folder.path), launchChromium()]);
  const kubeconfig = loadKubeconfig({ file: join(folder.path, "kubeconfig") });
  client = createClient(clusterConfigFor(kubeconfig), { kernel: systemKernel });
  const link = linkIn(running.screen);
  origin = new URL(link).origin;
  viewing = await view(browser, link);
});
afterAll(async () => {
  await viewing?.context.close();
  await browser?.close();
  await client?.close();
  await running?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** In the page. */
const TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth";

/** Path → what is there once the page has its answer. */
const PAGES: readonly (readonly [name: string, path: string, shows: string])[] = [
  ["overview", "/map", "main ul.areas a.area >> nth=0"],
  ["map", "/map/fleet/corp", "canvas.band-canvas"],
  ["square", "/map/fleet/corp?shape=square", "canvas.hilbert-canvas"],
  ["map-table", "/map/fleet/corp?table=1", "table, [role=table]"],
  ["block", "/map/fleet/eu-west-prod-nodes?at=10.32.24.0/22", "aside.panel pre, aside.panel code"],
  ["free", "/map/fleet/corp?at=10.128.0.0/10&claim=1", "aside.panel form"],
  ["pools", "/pools", "section.table-scroll [role=row] >> nth=5"],
  ["claims", "/claims?state=all", "section.table-scroll [role=row] >> nth=5"],
  ["waiting", "/claims", "text=gpu-lab-flat"],
  ["activity", "/activity", "text=/is Bound to|was allocated/ >> nth=0"],
  ["balancers", "/balancers", "text=gpu-public >> nth=0"],
  ["balancers-plan", "/balancers?part=plan", "main h1"],
  ["incidents", "/incidents", "text=/INC-|usage is not recorded/ >> nth=0"],
  ["health", "/health", "text=/operator runs in this process/ >> nth=0"],
];

describe.each(THEMES)("CN-09 in the %s theme", (theme) => {
  beforeAll(() => viewing.page.emulateMedia({ colorScheme: theme }));

  test.each(PAGES)("CN-09 the page %s loads, and axe finds nothing", async (name, path, shows) => {
    const { page, wrongs } = viewing;
    await page.goto(`${origin}${path}`);
    await page.locator(shows).first().waitFor({ state: "visible" });
    await screenshot(page, `${name}-${theme}`);
    expect(await axeViolations(page)).toEqual([]);
    expect(wrongs).toEqual({ scripts: [], foreign: [] });
  });
});

test("CN-09 an incident opens as a page with its evidence", async () => {
  const { page } = viewing;
  await page.goto(`${origin}/incidents`);
  await page
    .getByRole("link", { name: /usage is not recorded/ })
    .first()
    .click();
  await page.getByText("E-1", { exact: true }).first().waitFor();
  await screenshot(page, "incident");
  expect(await axeViolations(page)).toEqual([]);
});

test("CN-09 it fits from 360 pixels to a wall", async () => {
  const { page } = viewing;
  for (const [width, height] of [
    [360, 740],
    [2560, 1440],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const path of ["/map/fleet/corp", "/pools", "/claims", "/balancers", "/health"]) {
      await page.goto(`${origin}${path}`);
      await page.locator("main h1, main h2, main canvas, main table, main [role=table]").first().waitFor();
      const tooWide = await page.evaluate<number>(TOO_WIDE);
      expect(tooWide, `${path} at ${width}`).toBeLessThanOrEqual(0);
      await screenshot(page, `${path.replaceAll("/", "-").slice(1)}-${width}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("CN-04 Ctrl-K finds an address, and goes to its block", async () => {
  const { page } = viewing;
  await page.goto(`${origin}/pools`);
  await page.locator("section.table-scroll [role=row]").nth(2).waitFor();
  await page.keyboard.press("Control+k");
  const input = page.locator("dialog.search input, dialog[open] input").first();
  await input.fill("10.32.24.7");
  await page.getByText("analytics-prod-euw1").first().waitFor();
  await screenshot(page, "search");
  await page.keyboard.press("Enter");
  await page.locator("aside.panel h2", { hasText: "10.32.24.0/22" }).waitFor();
  expect(new URL(page.url()).pathname).toContain("/eu-west-prod-nodes");
});

test("CN-03 a free block is tried and claimed, and the claim is Bound to what was shown", async () => {
  const { page } = viewing;
  await page.goto(`${origin}/map/fleet/corp?at=10.128.0.0/10&claim=1`);
  const form = page.locator("aside.panel form");
  await form.getByLabel("Cluster").fill("from-the-page");
  await form.getByLabel("Size").selectOption("24");
  await form
    .getByText(/would get 10\.128\.0\.0\/24 of pool corp/)
    .first()
    .waitFor();
  await screenshot(page, "what-if");
  expect(await axeViolations(page)).toEqual([]);
  await form.getByRole("button", { name: /^Create/ }).click();
  const bound = async () => {
    const { items } = await client.list(SUBNET_CLAIMS, { namespace: "fleet" });
    return items.find(({ spec }) => spec.clusterID === "from-the-page")?.status?.allocatedCIDR;
  };
  await expect.poll(bound).toBe("10.128.0.0/24");
});

test("CN-07 a change by another client shows without a reload", async () => {
  const { page } = viewing;
  await page.goto(`${origin}/claims?state=all&filter=aaa-live`);
  await page.locator("main h1").waitFor();
  await page.evaluate("window.isSame = true");
  const metadata = { name: "aaa-live", namespace: "fleet" };
  const spec = { poolRef: "corp", clusterID: "aaa-live", blockSize: 28 };
  const row = page.locator("section.table-scroll [role=row]", { hasText: "aaa-live" });
  await client.create(SUBNET_CLAIMS, { apiVersion: API_VERSION, kind: "SubnetClaim", metadata, spec });
  await row.getByText(/^Bound$/).waitFor();
  await client.delete(SUBNET_CLAIMS, metadata);
  await row.waitFor({ state: "hidden" });
  expect(await page.evaluate("window.isSame")).toBe(true);
});

/** Overrides of the direction of writing, and a bell. */
const UNFIT = /[\u202A-\u202E\u2066-\u2069]|\p{Cc}(?<!\n)/u;
const HOSTILE = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>\u202Egnp.\u0007`;
const LONG = `${"n".repeat(250)}end`;

interface Found {
  readonly title: string;
  readonly images: number;
  readonly text: string;
  readonly tooWide: number;
}

const FOUND = `({
  title: document.title,
  images: document.querySelectorAll("img").length,
  text: document.body.innerText,
  tooWide: ${TOO_WIDE},
})`;

test("CN-10 hostile names and texts are shown as text", async () => {
  const { page, wrongs } = viewing;
  await client.create(SUBNET_POOLS, {
    apiVersion: API_VERSION,
    kind: "SubnetPool",
    metadata: { name: LONG, namespace: "fleet", annotations: { "example.com/hostile": HOSTILE } },
    spec: { cidr: "172.30.0.0/16", reserved: [{ cidr: "172.30.1.0/24", reason: HOSTILE.slice(0, 200) }] },
  });
  const metadata = { name: LONG, namespace: "fleet", annotations: { "example.com/hostile": HOSTILE } };
  const spec = { poolRef: LONG, clusterID: "hostile", blockSize: 24 };
  await client.create(SUBNET_CLAIMS, { apiVersion: API_VERSION, kind: "SubnetClaim", metadata, spec });
  for (const path of [
    `/map/fleet/${LONG}?at=172.30.1.0/24`,
    `/map/fleet/${LONG}?at=172.30.0.0/24`,
    `/pools?filter=172.30.0.0/16`,
    `/claims?state=all&filter=nnnn&open=SubnetClaim/fleet/${LONG}`,
  ]) {
    await page.goto(`${origin}${path}`);
    await page.getByText("nnnnnnnnnn").first().waitFor();
    const found = await page.evaluate<Found>(FOUND);
    expect(found.title).not.toContain("hacked");
    expect(found.images).toBe(0);
    expect(found.text, "nothing turns the direction of the text").not.toMatch(UNFIT);
    expect(found.tooWide).toBeLessThanOrEqual(0);
    await screenshot(page, `hostile-${path.split(/[/?]/)[1]}`);
  }
  expect(wrongs).toEqual({ scripts: [], foreign: [] });
});

test("CN-10 a URL with what is gone or none is a sentence on the page", async () => {
  const { page } = viewing;
  for (const [path, says] of [
    ["/map/fleet/gone", /There is no SubnetPool gone/],
    ["/map/fleet/corp?at=10.0.0", /is not an IP address|is not a/],
    ["/claims?open=SubnetClaim/fleet/gone", /There is no SubnetClaim gone/],
    ["/incidents/INC-none", /[Tt]here is no incident INC-none/],
    ["/nothing/here", /./],
  ] as const) {
    await page.goto(`${origin}${path}`);
    await page.locator("body").getByText(says).first().waitFor();
  }
  await screenshot(page, "not-here");
});

test("CN-08 a session that has ended is said, and the next link opens the page where it was", async () => {
  const { page, context } = viewing;
  await page.goto(`${origin}/pools`);
  await page.locator("section.table-scroll [role=row]").nth(2).waitFor();
  await context.clearCookies();
  await page.reload();
  await page
    .getByText(/session has ended/i)
    .first()
    .waitFor();
  await screenshot(page, "session-ended");
  expect(await axeViolations(page)).toEqual([]);
  await page.goto(linkIn(running.screen));
  await page.getByText("This link was used already").waitFor();
});
