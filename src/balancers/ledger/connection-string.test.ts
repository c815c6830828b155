import { expect, test } from "vitest";
import { describeTarget, parseConnectionString } from "./connection-string.ts";

function read(text: string) {
  const target = parseConnectionString(text);
  if (!target.ok) throw new Error(target.error);
  return target.value;
}

test("a ledger is a file or a server, with the server's own port by default", () => {
  expect(read("sqlite:./a/ledger.db")).toEqual({ dialect: "sqlite", path: "./a/ledger.db" });
  expect(read("sqlite:///var/ledger.db")).toEqual({ dialect: "sqlite", path: "/var/ledger.db" });
  expect(read("mysql://u:p%40ss@db.example/pools")).toMatchObject({
    port: 3306,
    password: "p@ss",
    database: "pools",
  });
  expect(read("mariadb://u@db.example:3307/pools")).toMatchObject({ dialect: "mysql", port: 3307 });
  expect(read("postgresql://u@[::1]/pools")).toMatchObject({ host: "::1", port: 5432 });
});

test("a connection across the network is encrypted and verified unless it is said otherwise", () => {
  expect(read("mysql://u@db.example/pools")).toMatchObject({ tls: { mode: "verify-full" } });
  expect(read("mysql://u@127.0.0.1/pools")).toMatchObject({ tls: { mode: "disable" } });
  expect(read("postgres://u@db.example/pools?sslmode=verify-ca&sslrootcert=/ca.pem")).toMatchObject({
    tls: { mode: "verify-ca", caFile: "/ca.pem" },
  });
});

test("what cannot be used is one sentence that never repeats a password", () => {
  const texts = [
    "mysql://u:hunter2@/pools",
    "mysql://u:hunter2@h",
    "oracle://u:hunter2@h/d",
    "u:hunter2",
    "postgres://u:hunter2@h/d?sslmode=maybe",
    "postgres://u:hunter2@h/d?color=red",
    "postgres://u:hunter2@h/d?connections=0",
    "sqlite:",
  ];
  for (const text of texts) {
    const target = parseConnectionString(text);
    expect(target.ok, text).toBe(false);
    expect(target.ok ? "" : target.error).toMatch(/^[^\n]+\.$/);
    expect(target.ok ? "" : target.error).not.toContain("hunter2");
  }
});

test("a ledger is described without its password", () => {
  expect(describeTarget(read("mysql://u:hunter2@db.example/pools"))).toBe("mysql://u@db.example:3306/pools");
});

test("a password that was not percent-encoded gets the cure, and is not repeated", () => {
  const passwords = [
    "p#s/hunter2",
    "12#hunter2",
    "12/hunter2",
    "12?hunter2",
    "hunter2%zz",
    "100%",
    "a/hunter2:1",
  ];
  for (const password of passwords) {
    const target = parseConnectionString(`mysql://u:${password}@db.example/pools`);
    expect(target.ok, password).toBe(false);
    if (target.ok) continue;
    expect(target.error).toContain("percent-encoded");
    expect(target.error).toContain("password-file");
    expect(target.error).not.toContain("hunter2");
  }
  expect(read("mysql://u:p%23s%2Fw%25@db.example/pools")).toMatchObject({ password: "p#s/w%" });
});

test("a statement has a limit of seconds, which the address may set", () => {
  expect(read("mysql://u@db.example/pools")).toMatchObject({ queryTimeoutMs: 10_000 });
  expect(read("mysql://u@db.example/pools?query-timeout=3")).toMatchObject({ queryTimeoutMs: 3_000 });
  for (const bad of ["0", "-1", "x", "1.5", "3601", ""]) {
    const target = parseConnectionString(`mysql://u@db.example/pools?query-timeout=${bad}`);
    expect(target.ok ? "" : target.error).toContain("query-timeout in the ledger's address must be");
  }
});
