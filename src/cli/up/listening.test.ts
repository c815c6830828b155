import { hostname, networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { hostsReached, isLoopback, isWildcard } from "./listening.ts";

test.each([
  ["127.0.0.1", true, false],
  ["127.8.8.8", true, false],
  ["::1", true, false],
  ["0:0:0:0:0:0:0:1", true, false],
  ["::ffff:127.0.0.1", true, false],
  ["localhost", true, false],
  ["0.0.0.0", false, true],
  ["::", false, true],
  ["0:0::0", false, true],
  ["::ffff:0.0.0.0", false, false],
  ["192.0.2.1", false, false],
  ["2001:db8::1", false, false],
  ["localhost.example.com", false, false],
  ["api.example.com", false, false],
])("PS-13 %s is loopback: %s, all addresses: %s", (host, loopback, wildcard) => {
  expect([isLoopback(host), isWildcard(host)]).toEqual([loopback, wildcard]);
});

test("PS-13 the serving certificate names what clients type", () => {
  expect(hostsReached("127.0.0.1")).toEqual([]);
  expect(hostsReached("127.8.8.8")).toEqual(["127.8.8.8"]);
  expect(hostsReached("192.0.2.1")).toEqual(["192.0.2.1"]);
  expect(hostsReached("api.example.com")).toEqual(["api.example.com"]);
  const outside = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
  expect(hostsReached("0.0.0.0")).toEqual(expect.arrayContaining(outside));
  expect(hostsReached("::").some((host) => host.includes("%"))).toBe(false);
  if (/^[a-z0-9.-]+$/i.test(hostname())) expect(hostsReached("::")).toContain(hostname().toLowerCase());
});
