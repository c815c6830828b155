/** A real Chromium that opens the console of a real `plexaubnet`. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { oneLine } from "../../src/kernel/index.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NODE = join(ROOT, "node_modules/.bin/node");
const COMMAND = join(ROOT, "bin/plexaubnet.js");

/** Where screenshots go; undefined: none are taken. */
const SCREENSHOTS = process.env.PLEXAUBNET_SCREENSHOTS;

export const THEMES = ["light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Names under which systems have it. */
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];

/** @throws when it is not installed */
export function launchChromium(): Promise<Browser> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const executablePath = PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name))).find(
    existsSync,
  );
  if (executablePath === undefined) {
    throw new Error(
      "there is no chromium on the PATH: install it, on Debian with `apt-get install chromium`",
    );
  }
  // Root may not use the sandbox, and CI runs as root.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** What must never happen, whatever a page shows. */
export interface Wrongs {
  readonly scripts: string[];
  readonly foreign: string[];
}

export interface Viewing extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly wrongs: Wrongs;
}

/** A new browser profile that has opened the link. */
export async function view(
  browser: Browser,
  link: string,
  { theme = "light", width = 1280, height = 800 }: { theme?: Theme; width?: number; height?: number } = {},
): Promise<Viewing> {
  const context = await browser.newContext({ colorScheme: theme, viewport: { width, height } });
  const page = await context.newPage();
  const wrongs = watchFor(page, new URL(link).origin);
  await page.goto(link);
  return { page, context, wrongs, [Symbol.asyncDispose]: () => context.close() };
}

/** Errors of scripts, violations of the Content-Security-Policy, and requests to anyone else. */
function watchFor(page: Page, origin: string): Wrongs {
  const wrongs: Wrongs = { scripts: [], foreign: [] };
  page.on("pageerror", (error) => wrongs.scripts.push(error.message));
  page.on("console", (message) => {
    const isOurs = !message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && isOurs) wrongs.scripts.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(data|blob|about):/.test(url)) wrongs.foreign.push(url);
  });
  return wrongs;
}

/** What axe finds, as `rule: element`; contrast of pictures on a canvas it cannot see. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  // Through the debugger, which the Content-Security-Policy does not concern.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id}: ${html.slice(0, 200)} ${oneLine(failureSummary)}`),
  );
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Only with PLEXAUBNET_SCREENSHOTS=folder. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

/** The newest link that a screen shows. */
export function linkIn(screen: string): string {
  const links = screen.match(/http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/g);
  const link = links?.at(-1);
  if (link === undefined) throw new Error(`there is no link of the console on the screen:\n${screen}`);
  return link;
}

export interface RunningConsole extends AsyncDisposable {
  readonly link: string;
  /** All that it has printed so far. */
  screen(): string;
}

/** Starts `plexaubnet console ARGS`, and waits for its link. */
export async function runConsole(args: readonly string[], cwd: string): Promise<RunningConsole> {
  const { KUBECONFIG: _, PLEXAUBNET_LEDGER: __, ...others } = process.env;
  const env = { ...others, HOME: cwd };
  const child = spawn(NODE, [COMMAND, "console", ...args], { cwd, env, stdio: "pipe" });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let output = "";
  const isStarted = new Promise<void>((resolve, reject) => {
    const take = (text: string) => {
      output += text;
      if (output.includes("Ctrl-C")) resolve();
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("close", (code) => reject(new Error(`it ended with ${code}: ${output}`)));
  });
  await isStarted;
  return {
    link: linkIn(output),
    screen: () => output,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
