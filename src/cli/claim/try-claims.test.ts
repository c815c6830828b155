import { expect, test } from "vitest";
import { ApiError, type KubeClient } from "../../client/index.ts";
import { ManualClock, seededRandom } from "../../kernel/index.ts";
import { pool } from "../../operator/testing/objects.ts";
import type { FileClaim } from "./claims-file.ts";
import { tryClaims } from "./try-claims.ts";

const corp = pool("corp", "10.0.0.0/22", { spec: { defaultBlockSize: 24 } });

function wanted(name: string): FileClaim {
  const metadata = { name, namespace: "fleet" };
  return {
    origin: "claims.csv:2",
    claim: { kind: "SubnetClaim", metadata, spec: { poolRef: "corp", clusterID: name } },
  };
}

/** A server with one pool, which refuses to create what `refuse` names. */
function access(refuse: (name: string) => ApiError | undefined) {
  const written: string[] = [];
  const client = {
    list: async ({ kind }: { kind: string }) => ({
      metadata: { resourceVersion: "7" },
      items: kind === "SubnetPool" ? [corp] : [],
    }),
    create: async (
      _: unknown,
      { metadata }: { metadata: { name: string } },
      options?: { dryRun?: boolean },
    ) => {
      if (options?.dryRun !== true) written.push(metadata.name);
      const error = refuse(metadata.name);
      if (error !== undefined) throw error;
    },
  } as unknown as KubeClient;
  const kernel = { clock: new ManualClock(), random: seededRandom(1) };
  return { access: { client, kernel, server: "", namespace: "fleet", scope: {} }, written };
}

const status = (code: number, reason: string, message: string) =>
  new ApiError(code, { kind: "Status", apiVersion: "v1", reason, message });

test("PX-21 a claim that the API would refuse gets nothing, and takes no block from those after it", async () => {
  const { access: api, written } = access((name) =>
    name === "a" ? status(422, "Invalid", "spec.clusterID is not what the webhook wants") : undefined,
  );
  const { answers, notes } = await tryClaims(api, [wanted("a"), wanted("b")]);
  expect(answers).toMatchObject([
    { outcome: "refused", reason: "Refused", message: "spec.clusterID is not what the webhook wants" },
    { outcome: "allocated", cidr: "10.0.0.0/24" },
  ]);
  expect([notes, written]).toEqual([[], []]);
});

test("PX-21 one who may not create claims gets one notice, and sees what another user would get", async () => {
  const { access: api } = access(() => status(403, "Forbidden", "subnetclaims is forbidden"));
  const { answers, notes } = await tryClaims(api, [wanted("a"), wanted("b")]);
  expect(answers.map(({ cidr }) => cidr)).toEqual(["10.0.0.0/24", "10.0.1.0/24"]);
  expect(notes).toEqual([
    "You may not create these claims (subnetclaims is forbidden): this is what another user would get.",
  ]);
});
