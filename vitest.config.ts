import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

/** Tests that drive the real kubectl. CI installs it; a machine that has only Node passes the rest. */
const KUBECTL_TESTS = "test/e2e/kubectl*.test.ts";

const hasKubectl = spawnSync("kubectl", ["version", "--client"]).error === undefined;
const leavesOutKubectl = !hasKubectl && process.env.CI === undefined;
if (leavesOutKubectl) {
  process.stderr.write(
    `There is no kubectl on the PATH: ${KUBECTL_TESTS} are left out. Install it to run them.\n`,
  );
}

/** Every test that an operator serves. */
const OPERATOR_TESTS = globSync("test/{integration,e2e}/**/*.test.ts", { cwd: import.meta.dirname }).filter(
  (file) =>
    /\bstartOperator\(|\bChaosWorld\.start\(/.test(readFileSync(`${import.meta.dirname}/${file}`, "utf8")),
);
const withoutKubectl = [...configDefaults.exclude, ...(leavesOutKubectl ? [KUBECTL_TESTS] : [])];

/** Failover takes minutes more: CI asks for it, and whoever names one of its projects. */
const withFailover =
  process.env.PLEXAUBNET_TEST_FAILOVER !== undefined || process.argv.some((each) => each.includes("replica"));

const FAILOVER = [
  {
    // Once more with two replicas under leader election, of which the leader is killed and paused all the while.
    test: {
      name: "replicas",
      include: OPERATOR_TESTS,
      exclude: withoutKubectl,
      env: { PLEXAUBNET_TEST_REPLICAS: "in-process" },
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  },
  {
    // And with processes that get SIGKILL and SIGSTOP, which takes its time.
    test: {
      name: "replica-processes",
      include: ["test/e2e/kubectl-go-operator.test.ts"],
      exclude: withoutKubectl,
      env: { PLEXAUBNET_TEST_REPLICAS: "processes" },
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  },
];

// Several projects, so that a developer can run the fast ones alone. `npm test` runs all of them but failover.
export default defineConfig({
  test: {
    // Most of the time a test waits for another process: on two cores, one file at a time leaves one of them idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/house/**/*.test.ts", "bench/**/*.test.ts"],
          // Far above what any of them takes: a busy machine must not decide whether a test passes.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/{integration,model,property}/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], testTimeout: 30_000 } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: withoutKubectl,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      ...(withFailover ? FAILOVER : []),
    ],
  },
});
