/**
 * What cannot work ends in one sentence that names the thing and the cure, and changes nothing.
 */
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { plexaubnet, scratch } from "./up-process.ts";

const UP = ["up", "--once", "--no-examples"];

/** After the steps that were taken until then. */
function expectOneSentence(stderr: string): void {
  expect(stderr).toMatch(/^(· .+\n)*plexaubnet: .+\.\n$/);
}

test("a port in use", async () => {
  using folder = scratch();
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { port: number };
  const data = join(folder.path, "new", "data");
  const end = await plexaubnet([...UP, "--data-dir", data, "--port", String(port)]);
  holder.close();
  expect(end).toMatchObject({ code: 1, stdout: "" });
  expectOneSentence(end.stderr);
  expect(end.stderr).toContain(`ort ${port} on 127.0.0.1 is in use`);
  expect(end.stderr).toContain("--port");
  expect(readdirSync(folder.path), "nothing is left behind").toEqual([]);
});

test("a data directory that cannot be written", async () => {
  using folder = scratch();
  writeFileSync(join(folder.path, "file"), "precious");
  for (const path of ["file", "file/data"]) {
    const end = await plexaubnet([...UP, "--port", "0", "--data-dir", join(folder.path, path)]);
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expectOneSentence(end.stderr);
    expect(end.stderr).toContain(join(folder.path, path));
    expect(end.stderr).toContain("--data-dir");
  }
  expect(readFileSync(join(folder.path, "file"), "utf8")).toBe("precious");
});

test("a data directory that the system refuses is refused at once, and without a stack", async () => {
  using folder = scratch();
  symlinkSync("nowhere", join(folder.path, "dangling"));
  const places = ["/proc/plexaubnet", join(folder.path, "dangling"), join(folder.path, "n".repeat(300))];
  for (const path of places) {
    const end = await plexaubnet([...UP, "--port", "0", "--data-dir", path]);
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expectOneSentence(end.stderr);
    expect(end.stderr).toContain(`the data directory ${path} cannot be used: `);
  }
  expect(existsSync(join(folder.path, "nowhere"))).toBe(false);
});

test("a data directory that a newer version wrote", async () => {
  using folder = scratch();
  const args = [...UP, "--port", "0", "--data-dir", folder.path];
  expect(await plexaubnet(args)).toMatchObject({ code: 0 });
  const file = join(folder.path, "state.db");
  const db = new Database(file);
  db.pragma("user_version = 1000");
  db.close();
  const before = readFileSync(file);
  const end = await plexaubnet(args);
  expect(end).toMatchObject({ code: 1, stdout: "" });
  expect(end.stderr).toMatch(
    /^(· .+\n)*plexaubnet: [^\n]*newer version[^\n]*another folder \(--data-dir DIR\)\.\n$/,
  );
  expect(end.stderr).toContain(file);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("a data directory that is in use", async () => {
  using folder = scratch();
  const lock = new Database(join(folder.path, "state.db.lock"));
  lock.exec("BEGIN EXCLUSIVE");
  const end = await plexaubnet([...UP, "--port", "0", "--data-dir", folder.path]);
  lock.close();
  expect(end).toMatchObject({ code: 1, stdout: "" });
  expect(end.stderr).toMatch(
    /^(· .+\n)*plexaubnet: [^\n]*in use by another process[^\n]*another folder \(--data-dir DIR\)\.\n$/,
  );
});

test.each([
  ["is missing", (file: string) => rmSync(file)],
  ["is no certificate", (file: string) => writeFileSync(file, "-----BEGIN CERTIFICATE-----\nrubbish\n")],
])("a data directory in which a certificate %s", async (_what, spoil) => {
  using folder = scratch();
  const args = [...UP, "--in-memory", "--port", "0", "--data-dir", folder.path];
  expect(await plexaubnet(args)).toMatchObject({ code: 0 });
  spoil(join(folder.path, "server.crt"));
  const end = await plexaubnet(args);
  expect(end).toMatchObject({ code: 1, stdout: "" });
  expectOneSentence(end.stderr);
  expect(end.stderr).toContain(`the keys in ${folder.path} cannot be used: `);
  expect(end.stderr).toContain("--data-dir");
});

test("a Node that is too old is reported before anything else is loaded", async () => {
  const pretend =
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.19.0" } })';
  const end = await plexaubnet(["up"], ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`]);
  expect(end).toMatchObject({ code: 1, stdout: "" });
  expectOneSentence(end.stderr.replace("plexaubnet needs", "plexaubnet: needs"));
  expect(end.stderr).toContain("needs Node.js 24 or newer, and this is 18.19.0");
  expect(end.stderr).toContain("npm start");
});

test.each([
  [["upp"], "unknown command 'upp'"],
  [["up", "--prot", "1"], "unknown option '--prot'"],
  [["up", "--port", "99999"], "--port 99999 is not a port: use a whole number from 0 to 65535"],
  [["up", "--data-dir", ""], "--data-dir is empty"],
  [["up", "--port"], "argument missing"],
  [["up", "there"], "too many arguments"],
])("a command line that makes no sense: %j", async (args, complaint) => {
  const end = await plexaubnet(args);
  expect(end).toMatchObject({ code: 2, stdout: "" });
  expectOneSentence(end.stderr);
  expect(end.stderr).toContain(complaint);
});

test("--help and --version are answers", async () => {
  const version = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
  expect(await plexaubnet(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  const help = await plexaubnet(["up", "--help"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  for (const option of ["--once", "--data-dir", "--port", "--in-memory", "--no-examples", "--verbose"]) {
    expect(help.stdout).toContain(option);
  }
  expect(await plexaubnet([])).toMatchObject({ code: 0, stdout: expect.stringContaining("Commands:") });
});
