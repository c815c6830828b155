import { expect, test } from "vitest";
import { faultText, objectsOf, planOf, readSource } from "../../exchange/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { checkedObjects } from "./planned-backup.ts";

const NOTHING: FleetObjects = { pools: [], poolClaims: [], claims: [], subnets: [] };
const LIFE = '"{""labels"":{""plexaubnet.io/block-life"":""u1""}}"';

/** An export of ours, as a user edited it in a spreadsheet. */
function edited(...rows: readonly string[]) {
  const heading = "kind,namespace,pool,name,cidr,cluster,purpose,status,description,more";
  const text = [heading, "SubnetPool,ns,,corp,10.0.0.0/8,,,Ready,,{}", ...rows, ""].join("\n");
  const read = readSource(Buffer.from(text), "own.csv");
  if (!read.ok) throw new Error(read.error.problem);
  const plan = planOf(read.value.rows, { namespace: "default", isNamespaceGiven: false });
  if (!plan.ok) throw new Error(plan.error);
  const { sound, faults } = checkedObjects(
    objectsOf(plan.value).objects,
    plan.value.vrfs,
    NOTHING,
    "own.csv",
  );
  const all = [...read.value.faults, ...plan.value.faults, ...faults];
  return {
    sound: sound.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`),
    faults: all.map(faultText),
  };
}

test("PX-14 rows that were added by hand to an export come in beside it", () => {
  const { sound, faults } = edited(
    `SubnetClaim,ns,corp,a,10.0.0.0/24,a,,Bound,,${LIFE}`,
    "SubnetClaim,ns,,Hand Made,10.0.6.0/24,Team X,,,added by hand,",
    "Subnet,ns,,,10.0.7.0/24,,,,,",
    "SubnetClaim,ns,elsewhere,later,,z,,Pending,,{}",
    "free,ns,corp,,10.0.8.0/21,,,,,",
  );
  expect(faults).toEqual([]);
  expect(sound.toSorted()).toEqual([
    "Subnet ns/10.0.7.0-24",
    "SubnetClaim ns/a",
    "SubnetClaim ns/hand-made",
    "SubnetClaim ns/later",
    "SubnetPool ns/corp",
  ]);
});

test.each([
  ["Subnet,ns,corp,d,10.0.4.1/24,d,,,,{}", 'own.csv:3: "10.0.4.1/24" is not a CIDR: it has host bits set'],
  [
    "Subnet,ns,corp,d,10.0.4.0/24,d,,,,{broken",
    "own.csv:3: cell 10 is not the JSON that `plexaubnet export` writes",
  ],
  [
    `SubnetClaim,ns,nowhere,c,10.0.3.0/24,c,,,,${LIFE}`,
    "own.csv:3: SubnetClaim ns/c is out of pool nowhere, which is neither",
  ],
  [
    "Subnet,NO NAME,corp,e,10.0.9.0/24,e,,,,{}",
    "own.csv:3: Subnet NO NAME/e has an invalid metadata.namespace",
  ],
  [
    "SubnetPool,ns,,corp,10.0.0.0/8,,,,,{}",
    "own.csv:3: SubnetPool ns/corp is in the source twice, at own.csv:2 too",
  ],
  [
    'SubnetPool,ns,,x,10.1.0.0/16,,,,,"{""spec"":{""nonsense"":1}}"',
    "own.csv:3: SubnetPool ns/x spec.nonsense is not supported",
  ],
])("PX-13 an export that was edited into %s is named by its line", (row, sentence) => {
  const { sound, faults } = edited(row);
  expect(faults).toEqual([expect.stringContaining(sentence)]);
  expect(sound).toEqual(["SubnetPool ns/corp"]);
});
