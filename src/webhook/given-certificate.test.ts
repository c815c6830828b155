import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAuthority, issueServerCertificate, type KeyedCertificate } from "../certificates/index.ts";
import { ConfigError } from "../client/index.ts";
import { ManualClock, seededRandom } from "../kernel/index.ts";
import { type CertificateFiles, certificatesIn, readCertificateFiles } from "./given-certificate.ts";

const kernel = { clock: new ManualClock(Date.UTC(2026, 0, 1)), random: seededRandom(1) };
const HOST = "webhook.home.svc";

let folder: string;
let authority: KeyedCertificate;
let stranger: KeyedCertificate;
let server: KeyedCertificate;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "given-"));
  authority = await createAuthority(kernel, "theirs");
  stranger = await createAuthority(kernel, "somebody-else");
  server = await issueServerCertificate(kernel, authority, "webhook", [HOST, "127.0.0.1"]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Files with these contents, in a folder of their own. */
function files(content: Partial<CertificateFiles> = {}): CertificateFiles {
  const place = mkdtempSync(join(folder, "secret-"));
  const whole = {
    certificate: server.certificate,
    key: server.key,
    authority: authority.certificate,
    ...content,
  };
  for (const [name, text] of Object.entries(whole)) writeFileSync(join(place, name), text);
  return {
    certificate: join(place, "certificate"),
    key: join(place, "key"),
    authority: join(place, "authority"),
  };
}

async function refusal(given: CertificateFiles, hosts: readonly string[] = [HOST]): Promise<string> {
  try {
    await readCertificateFiles(given, hosts);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("it was taken");
}

test("a certificate, its key and its authority are served as they are", async () => {
  const given = files({
    authority: `written by hand\n${authority.certificate}\n\n${stranger.certificate}\n`,
  });
  const { certificate, key, caBundle } = await readCertificateFiles(given, [HOST, "127.0.0.1"]);
  expect({ certificate, key }).toEqual(server);
  expect(caBundle).toBe(`${authority.certificate.trim()}\n${stranger.certificate.trim()}`);
});

test("a file that is swapped, as Kubernetes swaps those of a Secret, is read again", async () => {
  const [before, after] = [
    files(),
    files({ authority: `${authority.certificate}\n${stranger.certificate}` }),
  ];
  const mount = mkdtempSync(join(folder, "mount-"));
  const data = join(mount, "..data");
  symlinkSync(join(before.key, ".."), data);
  for (const name of ["certificate", "key", "authority"])
    symlinkSync(join("..data", name), join(mount, name));
  const mounted = {
    certificate: join(mount, "certificate"),
    key: join(mount, "key"),
    authority: join(mount, "authority"),
  };
  const first = await readCertificateFiles(mounted, [HOST]);
  symlinkSync(join(after.key, ".."), join(mount, "..data_tmp"));
  renameSync(join(mount, "..data_tmp"), data);
  const second = await readCertificateFiles(mounted, [HOST]);
  expect(second.caBundle).toContain(first.caBundle);
  expect(second.caBundle).not.toBe(first.caBundle);
});

test("a certificate with a wildcard, and a chain over one in between", async () => {
  const wild = await issueServerCertificate(kernel, authority, "webhook", ["*.home.svc"]);
  expect(await readCertificateFiles(files({ ...wild }), [HOST])).toMatchObject(wild);
  const below = await issueServerCertificate(kernel, wild, "webhook", [HOST]);
  const chain = `${below.certificate}\n${wild.certificate}`;
  const served = await readCertificateFiles(files({ certificate: chain, key: below.key }), [HOST]);
  expect(served.certificate).toBe(chain);
  expect(await refusal(files({ ...below }))).toContain("has not signed");
});

test.each(["certificate", "key", "authority"] as const)("a %s that is not there", async (part) => {
  const given = files();
  rmSync(given[part]);
  expect(await refusal(given)).toContain(`cannot read ${given[part]} (ENOENT)`);
  mkdirSync(given[part]);
  expect(await refusal(given)).toContain(`cannot read ${given[part]} (EISDIR)`);
});

test.each(["certificate", "key", "authority"] as const)("a %s that cannot be read", async (part) => {
  const halfWritten = `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`;
  for (const text of ["", "garbage", halfWritten]) {
    const given = files({ [part]: text });
    const message = await refusal(given);
    expect(message).toContain(given[part]);
    expect(message).toContain("in PEM form");
  }
});

test("parts that do not belong together", async () => {
  const other = await issueServerCertificate(kernel, authority, "webhook", [HOST]);
  expect(await refusal(files({ key: other.key }))).toMatch(/key is not the key of .+certificate:/);
  expect(await refusal(files({ authority: stranger.certificate }))).toMatch(
    /authority has not signed .+certificate:/,
  );
  expect(await refusal(files(), ["other.home.svc"])).toContain("does not name other.home.svc");
  expect(await refusal(files(), ["10.0.0.1"])).toContain("does not name 10.0.0.1");
});

test("PX-07 a file of beginnings without an end holds no certificate, and is looked through once", () => {
  // A pattern that tries each beginning would not be done with this in a day.
  expect(certificatesIn("-----BEGIN CERTIFICATE-----\n".repeat(400_000))).toEqual([]);
  const two = ["a", "b"].map((text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`);
  expect(certificatesIn(`x\n${two.join("\ny\n")}\nz`)).toEqual(two);
});
