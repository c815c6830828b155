import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import {
  numberFrom,
  parseBindAddress,
  parseCount,
  parseDuration,
  parseNamespaces,
  parseSwitch,
} from "./flag-values.ts";

test("durations are written as Go writes them", () => {
  expect(parseDuration("15s")).toBe(15_000);
  expect(parseDuration("500ms")).toBe(500);
  expect(parseDuration("1m30s")).toBe(90_000);
  expect(parseDuration("1.5h")).toBe(5_400_000);
  for (const text of ["", "15", "s", "-1s", "1s2", "1d", "1 s"]) {
    expect(() => parseDuration(text), text).toThrow(InvalidArgumentError);
  }
});

test("an address is a host and a port, all interfaces, or none", () => {
  expect(parseBindAddress("127.0.0.1:8080")).toEqual({ host: "127.0.0.1", port: 8080 });
  expect(parseBindAddress("[::1]:8080")).toEqual({ host: "::1", port: 8080 });
  expect(parseBindAddress(":8080")).toEqual({ host: "", port: 8080 });
  expect(parseBindAddress("0")).toBe(false);
  for (const text of ["", "8080", "localhost", "localhost:", "localhost:65536", "::1:8080", "[::1]"]) {
    expect(() => parseBindAddress(text), text).toThrow(InvalidArgumentError);
  }
});

test("namespaces are listed with commas, and nothing means all of them", () => {
  expect(parseNamespaces("team-a, team-b,team-a")).toEqual(["team-a", "team-b"]);
  expect(parseNamespaces("")).toEqual([]);
  for (const text of ["Team", "a,", "-a", "a".repeat(64)]) {
    expect(() => parseNamespaces(text), text).toThrow(InvalidArgumentError);
  }
});

test("switches and numbers take what they mean and nothing else", () => {
  expect([parseSwitch("true"), parseSwitch("1"), parseSwitch("False"), parseSwitch("0")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(() => parseSwitch("yes")).toThrow(InvalidArgumentError);
  expect(parseCount("5")).toBe(5);
  for (const text of ["0", "-1", "1.5", "five", ""]) {
    expect(() => parseCount(text), text).toThrow(InvalidArgumentError);
  }
  expect(numberFrom(1)("1.5")).toBe(1.5);
  expect(() => numberFrom(1)("0.5")).toThrow(InvalidArgumentError);
  expect(() => numberFrom(0, true)("0")).toThrow(InvalidArgumentError);
  expect(() => numberFrom(0)("NaN")).toThrow(InvalidArgumentError);
});
