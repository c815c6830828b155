import { expect, test } from "vitest";
import { ApiError, ConfigError, UnreachableError } from "../../client/index.ts";
import { CommandFailure } from "../failure.ts";
import { startFailure } from "./start-failure.ts";

const config = { server: "https://api.example:6443" };

function said(error: unknown): string {
  const failure = startFailure(error, config);
  if (!(failure instanceof CommandFailure)) throw new Error("it is not told of in a sentence");
  expect(failure.exitCode).toBe(1);
  expect(failure.message).toMatch(/^[^\n]+[^.]\.$/);
  return failure.message;
}

test("what the API server refuses is named, with the cure", () => {
  const message = 'secrets "webhook" is forbidden: User "jane" cannot get resource "secrets".';
  const forbidden = said(new ApiError(403, { reason: "Forbidden", message }));
  expect(forbidden).toContain(
    'User "jane" cannot get resource "secrets": grant it with `plexaubnet install`',
  );
  const missing = said(new ApiError(404, { reason: "NotFound", message: 'namespaces "home" not found' }));
  expect(missing).toContain('namespaces "home" not found: correct that');
  expect(said(new ApiError(500, {}))).toContain("500");
  expect(said(new ApiError(401, { reason: "Unauthorized", message: "Unauthorized" }))).toContain(
    "https://api.example:6443 refused these credentials",
  );
});

test("what is wrong with the configuration or the connection is said as it is", () => {
  expect(said(new ConfigError("cannot read /tls/tls.crt (ENOENT)"))).toBe(
    "cannot read /tls/tls.crt (ENOENT).",
  );
  const gone = Object.assign(new Error("connect EACCES"), { code: "EACCES", syscall: "connect" });
  expect(said(new UnreachableError("connect EACCES", gone))).toContain("cannot be reached");
});

test("a socket that is taken is named with its flags", () => {
  const taken = Object.assign(new Error("listen EADDRINUSE"), {
    code: "EADDRINUSE",
    syscall: "listen",
    address: "127.0.0.1",
    port: 8080,
  });
  const unknown = { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: "nowhere.example" };
  expect(said(Object.assign(new Error("ENOTFOUND"), unknown))).toContain(
    "nowhere.example has no address: set",
  );
  expect(said(taken)).toContain("127.0.0.1:8080 is in use: set another address with --metrics-bind-address");
});

test("a bug is shown whole", () => {
  const bug = new TypeError("x is undefined");
  expect(startFailure(bug, config)).toBe(bug);
});
