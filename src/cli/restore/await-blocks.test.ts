import { expect, test } from "vitest";
import { SUBNET_CLAIMS, type SubnetClaim } from "../../api/index.ts";
import type { KubeClient, KubeList, KubeObject, Resource } from "../../client/index.ts";
import { ManualClock } from "../../kernel/index.ts";
import { claim } from "../../operator/testing/objects.ts";
import { backupOf } from "../backup/backup-of.ts";
import { awaitBlocks } from "./await-blocks.ts";

const bound = (name: string) =>
  claim(name, "corp", { status: { phase: "Bound", allocatedCIDR: `10.0.${name}.0/24` } });
const NAMES = ["0", "1", "2"];
const { entries } = backupOf({
  pools: [],
  poolClaims: [],
  subnets: [],
  claims: [...NAMES.map(bound), claim("late", "corp")],
});

/** A cluster in which so many of the claims are Bound. */
function cluster() {
  const state = { bound: 0 };
  const list = async <T extends KubeObject>(resource: Resource<T>): Promise<KubeList<T>> => {
    const claims = NAMES.map(
      (name, at): SubnetClaim => (at < state.bound ? bound(name) : claim(name, "corp")),
    );
    const items = (resource.kind === SUBNET_CLAIMS.kind ? claims : []) as unknown as T[];
    return { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "1" }, items };
  };
  return { state, client: { list } as Pick<KubeClient, "list"> };
}

/** Lets what was begun go on until nothing is left but to wait for the clock. */
async function passing(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
    clock.advance(100);
  }
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

test("ends when all that had a block have one; one that had none is not waited for", async () => {
  const clock = new ManualClock();
  const { state, client } = cluster();
  const counts: number[] = [];
  let ended = false;
  const run = awaitBlocks(client, clock, entries, {}, 60_000, (count) => counts.push(count)).then(() => {
    ended = true;
  });
  await passing(clock, 1_000);
  expect(ended).toBe(false);
  state.bound = 3;
  await passing(clock, 10_000);
  await run;
  expect(counts).toEqual([0, 3]);
});

test("gives up when none was added for as long as it is patient, and not before", async () => {
  const clock = new ManualClock();
  const { state, client } = cluster();
  let ended = false;
  const run = awaitBlocks(client, clock, entries, {}, 30_000, () => {}).then(() => {
    ended = true;
  });
  await passing(clock, 20_000);
  state.bound = 1;
  await passing(clock, 25_000);
  expect(ended).toBe(false);
  await passing(clock, 15_000);
  await run;
  expect(ended).toBe(true);
});
