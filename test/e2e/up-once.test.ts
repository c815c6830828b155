import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plexaubnet, scratch } from "./up-process.ts";

const ONCE = ["up", "--once", "--port", "0"];

test("up --once brings the fleet up, shows it and leaves with 0", async () => {
  using folder = scratch();
  const first = await plexaubnet([...ONCE, "--data-dir", folder.path]);
  expect(first).toMatchObject({ code: 0, stderr: expect.stringMatching(/^(· [^\n]+\n)+$/) });
  expect(first.stdout).toMatch(/^Plexaubnet \d+\.\d+\.\d+ {2}https:\/\/127\.0\.0\.1:\d+/);
  expect(first.stdout).toMatch(/^corp +10\.0\.0\.0\/8 /m);
  expect(first.stdout).toMatch(/^│ {2}│ {2}├─ eu-west-prod-nodes +10\.\d+\.\d+\.0\/17 +28 % /m);
  expect(first.stdout).toMatch(/^payments-prod-euw1( +10\.\d+\.\d+\.0\/(22|16|20)){3}/m);
  expect(first.stdout).toMatch(/^gpu-lab-flat +corp +PoolExhausted +\S/m);
  expect(first.stdout).toMatch(/1 cannot be fulfilled$/m);
  expect(first.stdout, "no colours outside a terminal").not.toContain("\x1b");

  expect(first.stderr).toContain("· serving the Kubernetes API at https://127.0.0.1:");
  expect(first.stdout).not.toContain("· ");
  for (const file of ["kubeconfig", "state.db", "state.db.lock", "ledger.db", "ca.key", "plexaubnet.log"]) {
    expect(statSync(join(folder.path, file)).mode & 0o777, file).toBe(0o600);
  }
  for (const line of readFileSync(join(folder.path, "plexaubnet.log"), "utf8").trim().split("\n")) {
    expect(JSON.parse(line)).toHaveProperty("msg");
  }

  const second = await plexaubnet([...ONCE, "--data-dir", folder.path]);
  expect(second).toMatchObject({ code: 0, stderr: expect.stringMatching(/^(· [^\n]+\n)+$/) });
  const withoutPort = (screen: string) => screen.replace(/127\.0\.0\.1:\d+/, "127.0.0.1");
  expect(withoutPort(second.stdout), "a second start finds everything again").toBe(withoutPort(first.stdout));
});

test("up --in-memory keeps nothing but the way to reach it", async () => {
  using folder = scratch();
  const end = await plexaubnet([...ONCE, "--in-memory", "--no-examples", "--data-dir", folder.path]);
  expect(end).toMatchObject({ code: 0, stderr: expect.stringMatching(/^(· [^\n]+\n)+$/) });
  expect(end.stdout).toContain("0 pools, 0 claims Bound");
  expect(end.stdout).toContain("data in memory only");
  expect(() => statSync(join(folder.path, "state.db"))).toThrow("ENOENT");
  expect(statSync(join(folder.path, "kubeconfig")).isFile()).toBe(true);
});
