import { expect, test } from "vitest";
import { webhookOptions } from "./webhook-options.ts";

const address = { host: "", port: 9443 };
const flags = { webhookBindAddress: address, denyOverlappingPools: true } as const;
const files = { webhookCert: "/tls/tls.crt", webhookKey: "/tls/tls.key", webhookCa: "/tls/ca.crt" };
const asFiles = { certificate: "/tls/tls.crt", key: "/tls/tls.key", authority: "/tls/ca.crt" };

test("without files the certificate lies in a Secret of the operator's namespace", () => {
  expect(webhookOptions({ ...flags, webhookService: "webhook" }, { namespace: "home" })).toEqual({
    ...address,
    namespace: "home",
    serviceHosts: ["webhook.home.svc"],
    policy: { denyOverlappingPools: true },
  });
  expect(() => webhookOptions(flags, {})).toThrow("--leader-election-namespace");
});

test("with files there is no Secret, and a namespace is needed for the Service alone", () => {
  const policy = { denyOverlappingPools: true };
  expect(webhookOptions({ ...flags, ...files }, {})).toEqual({ ...address, policy, files: asFiles });
  const service = { ...flags, ...files, webhookService: "webhook" };
  expect(webhookOptions({ ...service, leaderElectionNamespace: "home" }, {})).toEqual({
    ...address,
    policy,
    files: asFiles,
    serviceHosts: ["webhook.home.svc"],
  });
  expect(() => webhookOptions(service, {})).toThrow("--leader-election-namespace");
});

test.each([
  [{ webhookCert: "a" }, "--webhook-key and --webhook-ca are missing"],
  [{ webhookCert: "a", webhookKey: "b" }, "--webhook-ca is missing"],
  [{ webhookCert: "a", webhookKey: "b", webhookCa: "" }, "--webhook-ca is missing"],
  [{ webhookKey: "b", webhookCa: "c" }, "--webhook-cert is missing"],
])("%j is not enough", (some, part) => {
  expect(() => webhookOptions({ ...flags, ...some }, { namespace: "home" })).toThrow(part);
});

test("files without a webhook are a mistake, and no webhook is none", () => {
  const nowhere = { ...flags, webhookBindAddress: false } as const;
  expect(webhookOptions(nowhere, {})).toBeUndefined();
  expect(() => webhookOptions({ ...nowhere, ...files }, {})).toThrow("--webhook-bind-address");
});
