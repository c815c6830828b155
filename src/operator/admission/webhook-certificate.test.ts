import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { type AnyObject, ApiError, type KubeClient, type Status } from "../../client/index.ts";
import { ManualClock, seededRandom } from "../../kernel/index.ts";
import { obtainCertificate } from "./webhook-certificate.ts";

const clock = new ManualClock(Date.UTC(2026, 0, 1));
const kernel = { clock, random: seededRandom(1) };
const DAY_MS = 86_400_000;

/** An API server that keeps one Secret. */
function keeping() {
  const kept: { secret?: AnyObject } = {};
  const keep = async (_resource: unknown, secret: AnyObject) => {
    kept.secret = secret;
    return secret;
  };
  const get = async () => {
    if (kept.secret === undefined) throw new ApiError(404, { reason: "NotFound" } as Status);
    return kept.secret;
  };
  const client = { get, create: keep, update: keep } as unknown as KubeClient;
  const obtain = () => obtainCertificate({ client, kernel, namespace: "home", hosts: ["webhook.home.svc"] });
  const write = (data: Record<string, string>) => {
    const before = kept.secret?.data as Record<string, string>;
    kept.secret = { ...(kept.secret as AnyObject), data: { ...before, ...data } };
  };
  return { obtain, write };
}

function isTrusted({ certificate, caBundle }: { certificate: string; caBundle: string }): boolean {
  return new X509Certificate(certificate).verify(new X509Certificate(caBundle).publicKey);
}

test("a certificate is kept while it is good, and renewed by the same authority when that is due", async () => {
  const { obtain } = keeping();
  const first = await obtain();
  expect(await obtain()).toEqual(first);
  clock.advance(250 * DAY_MS);
  const second = await obtain();
  expect(second.certificate).not.toBe(first.certificate);
  expect(second.caBundle).toBe(first.caBundle);
  expect(isTrusted(second)).toBe(true);
});

test.each(["tls.crt", "tls.key", "ca.crt"])("a Secret with garbage for %s is repaired", async (field) => {
  const { obtain, write } = keeping();
  await obtain();
  for (const text of ["garbage", ""]) {
    write({ [field]: Buffer.from(text).toString("base64") });
    const repaired = await obtain();
    expect(isTrusted(repaired)).toBe(true);
    expect(await obtain()).toEqual(repaired);
  }
});

test("an authority that did not sign the certificate is not announced", async () => {
  const { obtain, write } = keeping();
  await obtain();
  const stranger = await keeping().obtain();
  write({ "ca.crt": Buffer.from(stranger.caBundle).toString("base64") });
  expect(isTrusted(await obtain())).toBe(true);
});
