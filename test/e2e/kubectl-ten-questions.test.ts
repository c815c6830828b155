/**
 * The page of ten questions and that of a plan: each command, in the order of the page, against a fleet of
 * its own, with what it has to answer.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GuideShell, guidePage, type Ran, scriptIn, startGuideShell } from "./guide-shell.ts";

let shell: GuideShell;
beforeAll(async () => {
  shell = await startGuideShell();
});
afterAll(() => shell[Symbol.asyncDispose]());

interface Section {
  readonly heading: string;
  /** Its `sh` blocks. */
  readonly script: string;
}

/** Every heading stands once, and the part above the first one is its own. */
function sectionsOf(page: string): Section[] {
  return guidePage(page)
    .split(/^#+ /m)
    .map((part) => ({ heading: part.slice(0, part.indexOf("\n")), script: scriptIn(part) }));
}

/** Cells of a printed table have two blanks between them. */
function cells(stdout: string): string[] {
  return stdout.split("\n").map((line) => line.trimEnd().replaceAll(/ {2,}/g, " | "));
}

describe("the ten questions of a network engineer (PX-20)", () => {
  const sections = sectionsOf("ten-questions.md");
  const scriptOf = (heading: string) => {
    const found = sections.find((section) => section.heading === heading);
    expect(found?.script, heading).toBeTruthy();
    return found?.script ?? "";
  };
  const answer = async (heading: string): Promise<Ran> => {
    const ran = await shell.run(scriptOf(heading));
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    return ran;
  };

  test("PX-20 the page asks ten of them, after its fleet is made", async () => {
    expect(sections.slice(2).map(({ heading }) => heading)).toHaveLength(10);
    const made = await answer("Ten questions");
    expect(cells(made.stdout)).toContain("shop-eu-west | net | 10.20.3.0/24");
  });

  test("PX-20 who has an address", async () => {
    const { stdout } = await answer("Who has 10.20.3.4?");
    expect(stdout).toMatch(
      /^10\.20\.3\.0\/24 in namespace net is allocated to cluster shop through SubnetClaim shop-eu-west since /,
    );
    expect(stdout).toContain("corp 10.0.0.0/8 (0.4 % used) > eu-west 10.20.0.0/16 (1.17 % used)");
    expect(stdout).toContain("after it 10.20.4.0/24 of SubnetClaim bank-eu-west");
  });

  test("PX-20 what is free of a size", async () => {
    const { stdout } = await answer("What is free of size /20 in eu-west?");
    expect(stdout).toContain("Pool eu-west has 15 free blocks of size /20.");
    expect(stdout).toContain("\n10.20.16.0/20\n10.20.32.0/20\n10.20.48.0/20\n… and 12: --limit shows more");
  });

  test("PX-20 which pools are full next", async () => {
    const { stdout } = await answer("Which pools are full next?");
    const names = cells(stdout).flatMap((line) => /^(eu-\w+|corp) \|/.exec(line)?.[1] ?? []);
    expect(names).toEqual(["eu-north", "eu-west", "corp"]);
  });

  test("PX-20 what changed this week, and who had a block on a day", async () => {
    const week = cells((await answer("What changed this week?")).stdout);
    expect(week).toContainEqual(
      expect.stringMatching(
        / \| bound \| SubnetClaim \| net\/shop-eu-west \| 10\.20\.3\.0\/24 \| eu-west \| shop \|/,
      ),
    );
    const { stdout } = await answer("Who had this block in May?");
    expect(cells(stdout)[1]).toMatch(
      /^10\.20\.3\.0\/24 \| net\/eu-west \| shop \| shop-eu-west \| allocated \|/,
    );
  });

  test("PX-21 what twelve claims would get", async () => {
    const { stdout } = await answer("What would these twelve claims get?");
    const lines = cells(stdout);
    expect(lines.filter((line) => line.includes("| 10."))).toHaveLength(11);
    expect(lines).toContainEqual(
      expect.stringMatching(/^shop-eu-west-pods-1 \| eu-west \| 10\.20\.0\.0\/24 \|/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^mail-eu-north-pods-3 \| eu-north \| PoolExhausted \|/),
    );
    expect(stdout).toContain("10.30.0.0/24 would be free without SubnetClaim shop-eu-north.");
    const after = await shell.run("kubectl get subnetclaims -n net -o name | wc -l");
    expect(after.stdout.trim()).toBe("4");
  });

  test("PX-13 where a sheet and the cluster differ", async () => {
    const { stdout } = await answer("Where do our spreadsheet and the cluster differ?");
    expect(cells(stdout).slice(1, -1)).toEqual([
      "net | 10.0.0.0/8 | only in the cluster | SubnetPool corp",
      "net | 10.20.0.0/16 | only in the cluster | SubnetPool eu-west",
      "net | 10.20.4.0/24 | another owner | SubnetClaim mail of mail | SubnetClaim bank-eu-west of bank",
      "net | 10.20.9.0/24 | only in the source | SubnetClaim new of new",
      "net | 10.30.0.0/22 | only in the cluster | SubnetPool eu-north",
      "net | 10.30.1.0/24 | only in the cluster | SubnetClaim bank-eu-north of bank",
    ]);
  });

  test("PX-20 what a cluster has everywhere, and what no claim has", async () => {
    const shop = cells((await answer("What does cluster shop have everywhere?")).stdout);
    expect(shop.slice(1, -1).map((line) => line.split(" | ").slice(0, 4).join(" "))).toEqual([
      "10.20.3.0/24 claimed shop SubnetClaim shop-eu-west",
      "10.30.0.0/24 claimed shop SubnetClaim shop-eu-north",
    ]);
    const unclaimed = cells((await answer("Which blocks has no claim?")).stdout);
    expect(unclaimed.slice(1, -1)).toHaveLength(1);
    expect(unclaimed[1]).toMatch(
      /^10\.20\.7\.0\/24 \| unclaimed \| printers \| Subnet printers \| corp > eu-west/,
    );
  });

  test("PX-20 an object is explained in whichever namespace it is, and a block that was released is shown", async () => {
    const { stdout } = await shell.run("plexaubnet explain -A claim/shop-eu-west");
    expect(stdout).toMatch(
      /^namespace net\nSubnetClaim shop-eu-west is Bound: 10\.20\.3\.0\/24 of pool eu-west/,
    );
    const kept =
      await shell.run(`kubectl patch subnetpool eu-north -n net --type merge -p '{"spec":{"reclaimPolicy":"Retain"}}'
kubectl delete subnetclaim bank-eu-north -n net
kubectl wait subnet -n net -l plexaubnet.io/cluster-id=bank,plexaubnet.io/pool=eu-north --for=jsonpath='{.status.phase}'=Released
plexaubnet tree --kept
plexaubnet find 10.30.1.9
plexaubnet find --state kept -o csv`);
    expect(kept.code, kept.stdout + kept.stderr).toBe(0);
    expect(kept.stdout).toMatch(/^10\.30\.1\.0\/24 +kept +eu-north +bank /m);
    expect(kept.stdout).toMatch(/^10\.30\.1\.0\/24 in namespace net is kept for cluster bank /m);
    expect(kept.stdout).toMatch(/^named,net,10\.30\.1\.0\/24,kept,bank,/m);
  });

  test("PX-14 everything as CSV", async () => {
    const { stdout } = await answer("Give me everything as CSV");
    expect(Number(/^\s*(\d+) everything\.csv/m.exec(stdout)?.[1])).toBeGreaterThan(10);
  });
});

test("PX-22 a plan is compared, printed as manifests, tried, and then becomes what it said", async () => {
  const script = sectionsOf("plan-a-pool.md")
    .map((section) => section.script)
    .join("");
  const { code, stdout, stderr } = await shell.run(script);
  expect(code, stdout + stderr).toBe(0);
  const lines = cells(stdout);
  expect(lines.filter((line) => line.includes("| 16 of 16 |"))).toHaveLength(4);
  const blocks = (pattern: RegExp) =>
    lines.flatMap((line) => pattern.exec(line)?.slice(1, 3).join(" ") ?? []);
  const tried = blocks(/^([a-z0-9-]+) \| south \| (10\.\S+) \|/);
  const created = blocks(/^([a-z0-9-]+) \| region \| (10\.\S+)/);
  expect(created).toHaveLength(16);
  // Once in the plan, and once in the dry run of its manifests.
  expect(tried.slice(0, 16).sort()).toEqual([...created].sort());
  expect(tried.slice(16).sort()).toEqual([...created].sort());
});
