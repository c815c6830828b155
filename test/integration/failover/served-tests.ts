/**
 * The test files that an operator of `FleetWorld` serves: the project `replicas` runs them again, with
 * two replicas under leader election of which the leader is killed and paused. One that starts an operator
 * and is not listed fails.
 */
export const SERVED_TESTS: readonly string[] = [
  "test/e2e/kubectl-go-operator.test.ts",
  "test/integration/admission.test.ts",
  "test/integration/bad-input.test.ts",
  "test/integration/block-in-use.test.ts",
  "test/integration/chaos-recipes.test.ts",
  "test/integration/chaos.test.ts",
  "test/integration/child-growth.test.ts",
  "test/integration/claims.test.ts",
  "test/integration/endpoint-doors.test.ts",
  "test/integration/endpoints.test.ts",
  "test/integration/given-certificate.test.ts",
  "test/integration/go-operator-takeover.test.ts",
  "test/integration/history-faults.test.ts",
  "test/integration/history.test.ts",
  "test/integration/pools.test.ts",
  "test/integration/quiet-deletion.test.ts",
  "test/integration/rbac.test.ts",
  "test/integration/status-edits.test.ts",
  "test/integration/two-leaders.test.ts",
  "test/integration/what-is-remembered.test.ts",
];

/** @throws when the file is not listed, so that no file is left out of failover unnoticed */
export function assertServed(testFile: string | undefined): void {
  const path = testFile?.replaceAll("\\", "/") ?? "";
  if (SERVED_TESTS.some((served) => path.endsWith(`/${served}`))) return;
  throw new Error(`${path} starts an operator: list it in test/integration/failover/served-tests.ts`);
}
