/** Address plans in and out of a running server, by the command, as a user runs it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { companyOf, netboxCsv } from "../../src/exchange/testing/company.ts";
import { plexaubnet, type Running, type Scratch, scratch, up } from "./up-process.ts";

let folder: Scratch;
let running: Running;

beforeAll(async () => {
  folder = scratch();
  running = await up(join(folder.path, ".plexaubnet"), "--no-examples", "--in-memory");
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const run = (...args: string[]) =>
  plexaubnet(args, [], {
    env: { KUBECONFIG: join(folder.path, ".plexaubnet/kubeconfig") },
    cwd: folder.path,
  });

function file(name: string, text: string): string {
  writeFileSync(join(folder.path, name), text);
  return name;
}

async function listed(): Promise<string> {
  const { code, stdout } = await run("export", "--format", "csv");
  expect(code).toBe(0);
  return stdout;
}

test("PX-13 a company of NetBox comes in, each block to whom it belongs, and a second run changes nothing", async () => {
  const company = companyOf(2, 1);
  const source = file("netbox.csv", netboxCsv(company));
  const looked = await run("import", source, "-o", "json");
  expect(looked.code, looked.stderr).toBe(0);
  const { creates, vrfs } = JSON.parse(looked.stdout);
  expect(creates.pools + creates.claims + creates.subnets).toBe(company.length);
  expect(vrfs).toContainEqual({ vrf: "Customer Blue", namespace: "customer-blue" });
  const first = await run("import", source, "--apply");
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toContain(`${company.length} created, 0 existed already`);
  expect(first.stdout).toContain(`each of the ${creates.claims} claims has its block`);
  const check = await run("check");
  expect(check.code, check.stdout).toBe(0);
  const before = await listed();
  const second = await run("import", source, "--apply");
  expect(second.code).toBe(0);
  expect(second.stderr).toContain(`Nothing is to be done: `);
  expect(await listed()).toBe(before);
});

test("PX-14 an export is what is there: imported again, nothing of it is to be done", async () => {
  for (const format of ["csv"]) {
    const { code } = await run("export", "--format", format, "-o", `fleet.${format}`);
    expect(code).toBe(0);
    const again = await run("import", `fleet.${format}`, "-o", "json");
    expect(again.code, again.stderr).toBe(0);
    const { creates, faults } = JSON.parse(again.stdout);
    expect([creates, faults]).toEqual([{ pools: 0, poolClaims: 0, claims: 0, subnets: 0 }, []]);
  }
});

test("PX-13 a source with a fault brings nothing in until that is asked for, and then the rest", async () => {
  const source = file("half.csv", "cidr,cluster\n172.20.0.0/16,\n172.20.1.0/24,web\n172.20.2.7/24,db\n");
  const before = await listed();
  const refused = await run("import", source, "--apply", "-n", "half");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'half.csv:4: "172.20.2.7/24" is not a CIDR: it has host bits set: write "172.20.2.0/24".',
  );
  expect(refused.stderr).toContain(
    "nothing was written: 1 row has a fault in half.csv, and 2 objects are sound",
  );
  expect(await listed()).toBe(before);
  const rest = await run("import", source, "--apply", "-n", "half", "--skip-faulty");
  expect([rest.code, rest.stdout]).toEqual([1, expect.stringContaining("2 created")]);
});

test("PX-13 a block that the cluster gave to another claim is named with its holder", async () => {
  const source = file("other.csv", "cidr,cluster\n172.20.0.0/16,\n172.20.1.0/24,somebody-else\n");
  const { code, stderr } = await run("import", source, "--apply", "-n", "half");
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /other\.csv:3: SubnetClaim half\/somebody-else has 172\.20\.1\.0\/24, which .* in the cluster has/,
  );
});

test("PX-13 manifests of a source are what kubectl takes, and need no cluster", async () => {
  const source = file("more.csv", "cidr,cluster\n172.24.0.0/16,\n172.24.1.0/24,web\n");
  const made = await plexaubnet(["import", source, "-n", "made", "-o", "manifests"], [], {
    env: { HOME: folder.path, KUBECONFIG: "" },
    cwd: folder.path,
  });
  expect(made.code, made.stderr).toBe(0);
  file("more.yaml", made.stdout);
  const restored = await run("restore", "more.yaml");
  expect([restored.code, restored.stdout]).toEqual([0, expect.stringContaining("2 created")]);
});
