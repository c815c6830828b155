import { expect, test } from "vitest";
import { parseManifests } from "./manifests.ts";

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
    "f.yaml:3 is of no kind known here: apiVersion plexaubnet.io/v1alpha1, kind Subnettt.",
  );
  expect(() => parseManifests(CLAIM.replace("name: a, ", ""), "f.yaml")).toThrow(
    "f.yaml:3 has no metadata.name: every object needs one.",
  );
  expect(() => parseManifests("just text", "f.yaml")).toThrow("f.yaml:1 is of no kind known here");
});
