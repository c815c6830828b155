import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { SERVED_TESTS } from "./test/integration/failover/served-tests.ts";

/** Tests that drive another program. CI installs it; a machine that has only Node passes the rest. */
const PROGRAM_TESTS = [
  { program: "kubectl", probe: ["version", "--client"], tests: "test/e2e/kubectl*.test.ts" },
  { program: "chromium", probe: ["--version"], tests: "test/e2e/console*.test.ts" },
] as const;

const leftOut = PROGRAM_TESTS.flatMap(({ program, probe, tests }) => {
  const isThere = spawnSync(program, probe).error === undefined;
  if (isThere || process.env.CI !== undefined) return [];
  process.stderr.write(
    `There is no ${program} on the PATH: ${tests} are left out. Install it to run them.\n`,
  );
  return [tests];
});

/** Far above what any of them takes, so that a busy machine does not decide whether a test passes. */
const PATIENCE = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000, interval: 50 } },
};

/**
 * Files that one worker runs share the modules that they import: to load them again for each file took as long as the
 * tests themselves. So a module that is tested keeps no state, and what a test replaces it puts back.
 */
const SHARED_MODULES = { isolate: false };

/** What puts a module of its own in the place of one of ours, which cannot be done to modules that are shared. */
const MOCKING_TESTS = ["test/integration/rbac.test.ts"];

/**
 * The commands are processes of their own by the hundred, and half of what a short one takes is to compile its modules.
 * Node keeps what it compiled, by content, in this folder; `npm ci` empties it.
 */
process.env.NODE_COMPILE_CACHE ??= `${import.meta.dirname}/node_modules/.cache/plexaubnet-tests`;

const withoutPrograms = [...configDefaults.exclude, ...leftOut];

/** What `plexaubnet up` runs on: its clients are in the process of the server, and go without sockets. */
const IN_PROCESS = { PLEXAUBNET_TEST_TRANSPORT: "memory" };

const isLong = (process.env.PLEXAUBNET_TEST_LONG ?? "") !== "";

/** Of the suites that were written for HTTPS, once more over memory: all of them, or those that say most. */
const IN_PROCESS_TESTS = isLong
  ? ["test/contract/**/*.test.ts", ...SERVED_TESTS.filter((file) => file.startsWith("test/integration/"))]
  : [
      "test/contract/{creates,lists,patch-types,updates,watches}.test.ts",
      "test/integration/{chaos,claims}.test.ts",
    ];

/** Failover takes minutes more: CI asks for it, and whoever names one of its projects. */
const withFailover =
  process.env.PLEXAUBNET_TEST_FAILOVER !== undefined || process.argv.some((each) => each.includes("replica"));

const FAILOVER = [
  {
    test: {
      name: "replicas-in-process",
      include: ["test/integration/{chaos,claims,two-leaders}.test.ts"],
      exclude: withoutPrograms,
      env: { ...IN_PROCESS, PLEXAUBNET_TEST_REPLICAS: "in-process" },
      ...PATIENCE,
    },
  },
  {
    // Once more with two replicas under leader election, of which the leader is killed and paused all the while.
    test: {
      name: "replicas",
      include: [...SERVED_TESTS],
      exclude: withoutPrograms,
      env: { PLEXAUBNET_TEST_REPLICAS: "in-process" },
      ...PATIENCE,
    },
  },
  {
    // And with processes that get SIGKILL and SIGSTOP, which takes its time.
    test: {
      name: "replica-processes",
      include: ["test/e2e/kubectl-go-operator.test.ts"],
      exclude: withoutPrograms,
      env: { PLEXAUBNET_TEST_REPLICAS: "processes" },
      ...PATIENCE,
    },
  },
];

// Several projects, so that a developer can run the fast ones alone. `npm test` runs all of them but failover.
export default defineConfig({
  test: {
    // Most of the time a test waits, for a timer or another process: two files at a time left two cores idle for 40 %.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/house/**/*.test.ts", "bench/**/*.test.ts"],
          ...PATIENCE,
          ...SHARED_MODULES,
        },
      },
      { test: { name: "console", include: ["console/src/**/*.test.ts"], ...PATIENCE, ...SHARED_MODULES } },
      {
        test: {
          name: "integration",
          include: ["test/{integration,model,property}/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...MOCKING_TESTS],
          ...PATIENCE,
          ...SHARED_MODULES,
        },
      },
      { test: { name: "integration-alone", include: [...MOCKING_TESTS], ...PATIENCE } },
      {
        test: {
          name: "in-process",
          include: IN_PROCESS_TESTS,
          exclude: [...configDefaults.exclude, ...MOCKING_TESTS],
          env: IN_PROCESS,
          ...PATIENCE,
          ...SHARED_MODULES,
        },
      },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], ...PATIENCE, ...SHARED_MODULES } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: withoutPrograms,
          globalSetup: ["test/bundled-command/build.ts"],
          setupFiles: ["test/bundled-command/use.ts"],
          ...PATIENCE,
          ...SHARED_MODULES,
        },
      },
      ...(withFailover ? FAILOVER : []),
    ],
  },
});
