import { expect, test } from "vitest";
import { endpointOptions } from "./endpoint-options.ts";

const FLAGS = { metricsBindAddress: { host: "127.0.0.1", port: 8080 }, metricsSecure: false };
const SECURE = { ...FLAGS, metricsSecure: true };
const CONFIG = { namespace: "home" };

test("PS-13 the endpoints are served over HTTP, over TLS with a certificate that is made, or with a given one", () => {
  expect(endpointOptions(FLAGS, CONFIG)).toEqual(FLAGS.metricsBindAddress);
  expect(endpointOptions(SECURE, CONFIG)?.tls).toEqual({ namespace: "home" });
  expect(endpointOptions({ ...SECURE, metricsService: "metrics" }, CONFIG)?.tls).toEqual({
    namespace: "home",
    serviceHosts: ["metrics.home.svc"],
  });
  expect(endpointOptions({ ...SECURE, metricsCert: "c", metricsKey: "k" }, {})?.tls).toEqual({
    files: { certificate: "c", key: "k" },
  });
  expect(endpointOptions({ ...SECURE, metricsBindAddress: false }, CONFIG)).toBeUndefined();
});

test.each([
  [{ ...SECURE, metricsCert: "c" }, CONFIG, "--metrics-key is missing"],
  [{ ...SECURE, metricsKey: "k" }, CONFIG, "--metrics-cert is missing"],
  [{ ...FLAGS, metricsCert: "c", metricsKey: "k" }, CONFIG, "--metrics-secure"],
  [SECURE, {}, "--leader-election-namespace"],
])("PS-13 flags of the endpoints that contradict each other are refused: %j", (flags, config, words) => {
  expect(() => endpointOptions(flags, config)).toThrow(words);
});
