import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { API_VERSION, SUBNET_CLAIMS, SUBNET_POOLS } from "../../src/api/index.ts";
import { ApiError } from "../../src/client/index.ts";
import { SECRETS } from "../../src/kube/index.ts";
import { FleetWorld, NAMESPACE, reasonOf } from "./fleet-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator({ webhook: { port: 0, namespace: NAMESPACE } });
  await world.pool("prod", "10.0.0.0/16", { minBlockSize: 20, maxBlockSize: 26 });
  await world.claim("payments", "prod");
  await world.bound("payments");
});
afterAll(() => world.stop());

async function refusal(write: () => Promise<unknown>): Promise<string> {
  try {
    // A caller who cannot be reviewed is let in.
    await world.steadily(write);
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
  throw new Error("it was let in");
}

describe("the webhook, called by the API server over TLS (PX-07)", () => {
  test("PX-07 a claim that can never be served is refused, with field and cure", async () => {
    const message = await refusal(() => world.claim("huge", "prod", { blockSize: 8 }));
    expect(message).toContain("spec.blockSize");
    expect(message).toContain("larger than the whole pool 10.0.0.0/16");
    expect(await world.get(SUBNET_CLAIMS, "huge")).toBeUndefined();
  });

  test("PS-15 a shrink that would leave Subnets outside is refused", async () => {
    const message = await refusal(() =>
      world.merge(SUBNET_POOLS, "prod", { spec: { cidr: "10.0.128.0/17" } }),
    );
    expect(message).toContain("10.0.0.0/24");
    expect((await world.get(SUBNET_POOLS, "prod"))?.spec.cidr).toBe("10.0.0.0/16");
  });

  test("PX-03 a claim on a pool that is still to come is let in, and served", async () => {
    await world.claim("early", "later");
    await world.pool("later", "10.1.0.0/24");
    await world.bound("early");
  });

  test("the operator's own writes pass: a burst of claims is served", async () => {
    await Promise.all(Array.from({ length: 30 }, (_, i) => world.claim(`burst-${i}`, "prod")));
    await world.poolShows("prod", (status) => status.allocatedCount === 31);
  });

  test("a second replica serves with the same authority", async () => {
    const before = await world.client.get(SECRETS, {
      namespace: NAMESPACE,
      name: "plexaubnet-webhook-certificate",
    });
    const second = await world.startOperator({
      client: world.newClient(),
      webhook: { port: 0, namespace: NAMESPACE },
    });
    const after = await world.client.get(SECRETS, {
      namespace: NAMESPACE,
      name: "plexaubnet-webhook-certificate",
    });
    expect(after.data).toEqual(before.data);
    expect(await refusal(() => world.claim("large", "prod", { blockSize: 9 }))).toContain("spec.blockSize");
    await world.stopOperator(second);
  });
});

test("PX-07 without admission the same faults end in conditions, and disturb nothing", async () => {
  const bare = await FleetWorld.start();
  try {
    await bare.startOperator();
    await bare.pool("prod", "10.0.0.0/16", { minBlockSize: 20, maxBlockSize: 26 });
    await bare.claim("huge", "prod", { blockSize: 8 });
    const huge = await bare.until(SUBNET_CLAIMS, "huge", (claim) => claim.status?.phase === "Error");
    expect(reasonOf(huge)).toBe("SizeNotAllowed");
    expect(huge.status?.message).toContain("larger than the whole pool 10.0.0.0/16");
    expect(huge.apiVersion).toBe(API_VERSION);
    await bare.claim("fine", "prod");
    await bare.bound("fine");
  } finally {
    await bare.stop();
  }
});
