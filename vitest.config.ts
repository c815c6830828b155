import { spawnSync } from "node:child_process";
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

// Several projects, so that a developer can run the fast ones alone. `npm test` runs all of them.
export default defineConfig({
  test: {
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
          include: ["test/integration/**/*.test.ts", "test/model/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], testTimeout: 30_000 } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...(leavesOutKubectl ? [KUBECTL_TESTS] : [])],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
