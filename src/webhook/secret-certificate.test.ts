import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createAuthority, issueServerCertificate } from "../certificates/index.ts";
import { ApiError, ConfigError, type KubeClient, type Status } from "../client/index.ts";
import { ManualClock, seededRandom } from "../kernel/index.ts";
import type { AnyObject } from "../kube/index.ts";
import { obtainCertificate } from "./secret-certificate.ts";

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
  /** A Secret of another client, in place of what is there. */
  const give = (data: Record<string, string>, metadata: Partial<AnyObject["metadata"]> = {}) => {
    const encoded = Object.entries(data).map(([key, pem]) => [key, Buffer.from(pem).toString("base64")]);
    kept.secret = {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/tls",
      metadata: { name: "plexaubnet-webhook-certificate", namespace: "home", ...metadata },
      data: Object.fromEntries(encoded),
    };
    return kept.secret;
  };
  return { obtain, write, give, kept };
}

function isTrusted({ certificate, caBundle }: { certificate: string; caBundle: string }): boolean {
  const authorities = caBundle.match(/-+BEGIN[^-]+-+[^-]+-+END[^-]+-+/g) ?? [];
  return authorities.some((each) =>
    new X509Certificate(certificate).verify(new X509Certificate(each).publicKey),
  );
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

test("an authority that follows another is announced beside it until that one expires", async () => {
  const { obtain } = keeping();
  const first = await obtain();
  clock.advance(2500 * DAY_MS);
  const second = await obtain();
  expect(second.caBundle).not.toBe(first.caBundle);
  expect(isTrusted(second)).toBe(true);
  // Another replica serves with the first one until it looks again.
  expect(isTrusted({ ...first, caBundle: second.caBundle })).toBe(true);
  expect(await obtain()).toEqual(second);
  clock.advance(300 * DAY_MS);
  const renewed = await obtain();
  expect(renewed.certificate).not.toBe(second.certificate);
  expect(renewed.caBundle).toBe(second.caBundle);
  clock.advance(900 * DAY_MS);
  const late = await obtain();
  expect(isTrusted(late)).toBe(true);
  expect(isTrusted({ ...first, caBundle: late.caBundle })).toBe(false);
});

describe("a Secret that another client made", () => {
  const given = async (host: string) => {
    const authority = await createAuthority(kernel, "theirs");
    const server = await issueServerCertificate(kernel, authority, "webhook", [host]);
    return { "tls.crt": server.certificate, "tls.key": server.key, "ca.crt": authority.certificate };
  };

  test("is served with when it is whole, and never written", async () => {
    const { obtain, give, kept } = keeping();
    const data = await given("webhook.home.svc");
    const secret = structuredClone(give(data));
    for (const days of [0, 200, 200]) {
      clock.advance(days * DAY_MS);
      expect(await obtain()).toEqual({
        certificate: data["tls.crt"],
        key: data["tls.key"],
        caBundle: data["ca.crt"].trim(),
      });
    }
    expect(kept.secret).toEqual(secret);
  });

  test.each(["tls.crt", "tls.key", "ca.crt"])("is refused without %s, and never written", async (part) => {
    const { obtain, give, kept } = keeping();
    const secret = structuredClone(give({ ...(await given("webhook.home.svc")), [part]: "" }));
    await expect(obtain()).rejects.toThrow(ConfigError);
    await expect(obtain()).rejects.toThrow(
      new RegExp(`^the Secret home/plexaubnet-webhook-certificate, .* has no ${part}:`),
    );
    expect(kept.secret).toEqual(secret);
  });

  test("is refused when it is for other names, and never written", async () => {
    const { obtain, give, kept } = keeping();
    const secret = structuredClone(give(await given("elsewhere.svc")));
    await expect(obtain()).rejects.toThrow(/tls\.crt of the Secret .* does not name webhook\.home\.svc/);
    expect(kept.secret).toEqual(secret);
  });

  test("may be one that was ours, and that cert-manager keeps now", async () => {
    const { obtain, give, kept } = keeping();
    await obtain();
    const { labels } = kept.secret?.metadata ?? {};
    const annotations = { "cert-manager.io/certificate-name": "webhook" };
    const secret = structuredClone(
      give(await given("webhook.home.svc"), { ...(labels && { labels }), annotations }),
    );
    clock.advance(300 * DAY_MS);
    expect(isTrusted(await obtain())).toBe(true);
    expect(kept.secret).toEqual(secret);
  });
});

test("an authority that did not sign the certificate is not announced", async () => {
  const { obtain, write } = keeping();
  await obtain();
  const stranger = await keeping().obtain();
  write({ "ca.crt": Buffer.from(stranger.caBundle).toString("base64") });
  expect(isTrusted(await obtain())).toBe(true);
});
