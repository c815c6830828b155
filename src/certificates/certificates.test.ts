import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { ManualClock, seededRandom } from "../kernel/index.ts";
import {
  coversHosts,
  createAuthority,
  issueClientCertificate,
  issueServerCertificate,
  renewalDueMs,
} from "./index.ts";

const kernel = { clock: new ManualClock(Date.UTC(2026, 0, 1)), random: seededRandom(1) };

test("a server certificate names its hosts and is signed by its authority", async () => {
  const authority = await createAuthority(kernel, "test-ca");
  const { certificate } = await issueServerCertificate(kernel, authority, "server", [
    "localhost",
    "127.0.0.1",
  ]);
  const parsed = new X509Certificate(certificate);
  expect(parsed.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  expect(parsed.checkHost("localhost")).toBe("localhost");
  expect(parsed.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(coversHosts(certificate, ["localhost"])).toBe(true);
  expect(coversHosts(certificate, ["localhost", "elsewhere"])).toBe(false);
});

test("a client certificate carries user and groups as Kubernetes reads them", async () => {
  const authority = await createAuthority(kernel, "test-ca");
  const { certificate } = await issueClientCertificate(kernel, authority, "jane", ["developers"]);
  expect(new X509Certificate(certificate).subject.split("\n")).toEqual(["O=developers", "CN=jane"]);
});

test("a third of its life before its end a certificate is due for renewal", async () => {
  const authority = await createAuthority(kernel, "test-ca");
  const { certificate } = await issueServerCertificate(kernel, authority, "server", ["localhost"]);
  const daysLeft =
    (new X509Certificate(certificate).validToDate.getTime() - renewalDueMs(certificate)) / 86_400_000;
  expect(Math.round(daysLeft)).toBe(122);
});
