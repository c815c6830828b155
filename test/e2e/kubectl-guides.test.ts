/**
 * The pages of the guide, typed into a shell by a user who believes them: each command of each page, in its
 * order, against `plexaubnet up`.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GuideShell, guidePage, scriptIn, startGuideShell } from "./guide-shell.ts";
import { plexaubnet } from "./up-process.ts";

let shell: GuideShell;
beforeAll(async () => {
  shell = await startGuideShell("--in-memory");
});
afterAll(() => shell[Symbol.asyncDispose]());

test.each([
  ["listen-beyond-loopback.md", [/^yes$/m, /the new token is in/, /accepts it and refuses the old one/]],
  ["nested-pools.md", [/1 Subnet/, /"count":2/, /team-red +10\.64\.0\.0\/20/]],
  [
    "fixed-ranges.md",
    [/reserved by the pool \(the printers of the third floor\)/, /192\.168\.4\.0\/24/, /Released/],
  ],
  ["ipv6.md", [/fd12:3456:789a:100::\/56/, /fd12:3456:789a:1::\/64/, /10\.200\.0\.0\/24/]],
  [
    "growing-a-pool.md",
    [
      /PoolExhausted/,
      /Subnets are outside the pool: Subnet .*10\.20\.2\.0\/24/,
      /10\.40\.1\.0\/24 in its parent region is taken by Subnet .* set spec\.cidr back to 10\.40\.0\.0\/24/,
      /Allocated +region +10\.40\.2\.0\/23/,
      /team +10\.40\.0\.0\/23/,
    ],
  ],
  [
    "moving-over.md",
    [
      /^2$/m,
      /10\.30\.4\.0\/22/,
      /zurich-core +datacenter +172\.20\.1\.0\/24/,
      /dc1-prod +datacenter +172\.21\.0\.0\/22/,
      /acme-gmbh +datacenter +172\.22\.1\.0\/24/,
      /^the "old" core: do not touch, ask first$/m,
    ],
  ],
  [
    "back-up-and-restore.md",
    [
      /Restored: .*each of the 3 claims that had a block has it again/,
      /web +Bound +web +prod +10\.70\.1\.0\/24/,
      /build +Bound +build +team +10\.70\.16\.0\/24/,
      /Everything is as in shop\.yaml/,
      /api +Pending +api +prod +PoolPaused/,
      /api +Bound +api +prod +10\.70\.0\.0\/24/,
    ],
  ],
  [
    "bring-your-address-plan.md",
    [
      /plan\.csv:6: "10\.80\.4\.7\/24" is not a CIDR: it has host bits set: write "10\.80\.4\.0\/24"\./,
      /cluster "Zürich Core" is called zurich-core/,
      /Imported: 5 created, 0 existed already; each of the 3 claims has its block\./,
      /Nothing is to be done: 4 objects of right\.csv are there already\./,
      /^3$/m,
      /^SubnetClaim,zurich,10\.80\.0\.0-16,acme-gmbh,10\.80\.1\.0\/24,acme-gmbh,/m,
      /^free,zurich,10\.80\.0\.0-16,,10\.80\.5\.0\/24,/m,
    ],
  ],
  ["troubleshooting.md", [/PoolNotFound/, /BlockTaken/, /SizeNotAllowed/, /DuplicateClusterID/]],
  ["install.md", [/plexaubnet-operator-served/, /deployment\.apps\/plexaubnet-operator/]],
])("every command of docs/guide/%s works", async (page, expected) => {
  const { code, stdout, stderr } = await shell.run(scriptIn(guidePage(page)));
  const output = stdout + stderr;
  expect(code, output).toBe(0);
  for (const pattern of expected) expect(output).toMatch(pattern);
  const check = await plexaubnet(["check", "--kubeconfig", shell.kubeconfig]);
  expect(check.code, check.stdout).toBe(0);
});
