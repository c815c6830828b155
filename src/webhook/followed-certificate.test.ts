import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAuthority, issueServerCertificate } from "../certificates/index.ts";
import { ManualClock, seededRandom } from "../kernel/index.ts";
import { serveHealth } from "../runtime/index.ts";
import { serveFollowed } from "./followed-certificate.ts";
import { readCertificateFiles } from "./given-certificate.ts";

const clock = new ManualClock(Date.now());
const kernel = { clock, random: seededRandom(1) };
const folder = mkdtempSync(join(tmpdir(), "followed-certificate-"));
const files = { certificate: join(folder, "tls.crt"), key: join(folder, "tls.key") };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function issue(name: string) {
  const authority = await createAuthority(kernel, name);
  const issued = await issueServerCertificate(kernel, authority, name, ["localhost"]);
  writeFileSync(files.certificate, issued.certificate);
  writeFileSync(files.key, issued.key);
}
beforeAll(() => issue("first"));

/** The subject of what is served there. */
function servedAt(url: string): Promise<string> {
  const { port, hostname: host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().issuer.CN));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("PX-10 a listener follows the files of its certificate", async () => {
  let url = "";
  const listener = await serveFollowed(
    {
      of: "endpoints",
      kernel,
      logger: pino({ level: "silent" }),
      obtain: () => readCertificateFiles(files, []),
    },
    async (certificate) => {
      const server = await serveHealth(async () => false, 0, "127.0.0.1", certificate);
      url = server.url;
      return server;
    },
  );
  expect(url).toMatch(/^https:/);
  expect(await servedAt(url)).toBe("first");
  await issue("second");
  await expect
    .poll(() => {
      clock.advance(60_000);
      return servedAt(url);
    })
    .toBe("second");
  await listener.close();
});
