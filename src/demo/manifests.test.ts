import { expect, test } from "vitest";
import { ApiError, type KubeClient } from "../client/index.ts";
import { createMissing, ManifestError, parseManifests } from "./manifests.ts";

const CLAIM = `# a comment
---
apiVersion: plexaubnet.io/v1alpha1
kind: SubnetClaim
metadata: { name: a, namespace: fleet }
spec: { poolRef: corp, clusterID: a }
`;

test("a file holds several objects, and comments are none", () => {
  const manifests = parseManifests(
    `${CLAIM}---\napiVersion: v1\nkind: Namespace\nmetadata: { name: fleet }\n`,
    "f.yaml",
  );
  expect(manifests.map(({ resource, origin }) => [resource.kind, origin])).toEqual([
    ["SubnetClaim", "f.yaml:3"],
    ["Namespace", "f.yaml:8"],
  ]);
  expect(manifests[0]?.object.spec).toEqual({ poolRef: "corp", clusterID: "a" });
});

test("what is wrong with a file is said with its line", () => {
  expect(() => parseManifests(`${CLAIM}spec: [1\n`, "f.yaml")).toThrow(/^f\.yaml:\d+ is not YAML: /);
  expect(() => parseManifests(CLAIM.replace("SubnetClaim", "Subnettt"), "f.yaml")).toThrow(
    "f.yaml:3 has an unknown kind: apiVersion plexaubnet.io/v1alpha1, kind Subnettt.",
  );
  expect(() => parseManifests(CLAIM.replace("name: a, ", ""), "f.yaml")).toThrow(
    "f.yaml:3 has no metadata.name: every object needs one.",
  );
  expect(() => parseManifests("just text", "f.yaml")).toThrow("f.yaml:1 has an unknown kind");
});

/** A client that answers creations, by the name of the object, with these errors. */
function clientWith(errors: Readonly<Record<string, ApiError>>) {
  const created: string[] = [];
  const create: KubeClient["create"] = async (_resource, object) => {
    const error = errors[object.metadata.name];
    if (error !== undefined) throw error;
    created.push(`${object.kind} ${object.metadata.name}`);
    return object;
  };
  return { client: { create } as KubeClient, created };
}

test("what others need is created first, and what is there is left alone", async () => {
  const there = new ApiError(409, { reason: "AlreadyExists" });
  const { client, created } = clientWith({ b: there });
  const text = ["a", "b", "c"].map((name) => CLAIM.replace("name: a", `name: ${name}`)).join("");
  const namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: { name: fleet }\n";
  await createMissing(client, parseManifests(text + namespace, "f.yaml"), new AbortController().signal);
  expect(created).toEqual(["Namespace fleet", "SubnetClaim a", "SubnetClaim c"]);
});

test("an object that the API refuses is named by file and line", async () => {
  const refusal = new ApiError(422, { reason: "Invalid", message: "spec.poolRef: Required value" });
  const { client } = clientWith({ a: refusal });
  const creation = createMissing(client, parseManifests(CLAIM, "f.yaml"), new AbortController().signal);
  await expect(creation).rejects.toThrow(ManifestError);
  await expect(creation).rejects.toThrow("f.yaml:3 was refused: spec.poolRef: Required value");
});
