/** The incidents whose analyses lie in `docs/examples/`, each as it is played. */
import { CLUSTER, type Stage } from "./stage.ts";

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly play: (stage: Stage) => Promise<void>;
}

/** Three pools in step, four Services, all recorded. */
async function begin(stage: Stage): Promise<void> {
  await stage.pool("public-a", "203.0.113.0/26");
  await stage.pool("public-b", "198.51.100.0/27");
  await stage.pool("internal", "10.20.0.0/24");
  await stage.service("shop", "storefront", "public-a", "203.0.113.1");
  await stage.service("shop", "api", "public-a", "203.0.113.2");
  await stage.service("billing", "gateway", "public-b", "198.51.100.1");
  await stage.service("data", "ingest", "internal", "10.20.0.1");
  await stage.repair();
  stage.pass(7 * 24 * 60);
  await stage.compare();
}

/** Two comparisons without a difference, far enough apart. */
async function quiet(stage: Stage): Promise<void> {
  stage.pass(1);
  await stage.compare();
  stage.pass(15);
  await stage.compare();
}

const minutes = (stage: Stage, more: string) => stage.now().replace(/:00\.000Z$/, more);

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "01-pool-missing-in-the-ledger",
    title: "A pool that the ledger lacks: the case of the template",
    play: async (stage) => {
      await begin(stage);
      await stage.pool("gpu-public", "192.0.2.64-192.0.2.79");
      stage.pass(4);
      await stage.service("gpu", "inference", "gpu-public", "192.0.2.64");
      stage.pass(1);
      await stage.compare();
      const log = [
        `${minutes(stage, ":07Z")} level=info msg="reviewing service" namespace=gpu name=inference`,
        `${minutes(stage, ":08Z")} level=error msg="record not found" func=database.GetIPPoolBasedOnIP ip=192.0.2.64 id=0 dsn="core:hunter2@tcp(db01.internal:3306)/cloud"`,
        '2026-10-01T00:00:00Z level=error msg="record not found" func=database.GetUser',
      ].join("\n");
      stage.pass(6);
      await stage.handIn({ log });
      await stage.simulate();
      await stage.edit({ ticket: "https://tickets.example/OPS-1412", pic: "Ana" });
      await stage.edit({ task: "look-up.now", pic: "Budi", due: "2026-11-17" });
      stage.pass(20);
      await stage.repair();
      await quiet(stage);
    },
  },
  {
    name: "02-two-services-on-one-address",
    title: "Two Services with one address that they do not share",
    play: async (stage) => {
      await begin(stage);
      await stage.service("web", "landing", "public-a", "203.0.113.2");
      stage.pass(2);
      await stage.compare();
      stage.pass(15);
      await stage.deleteService("web", "landing");
      await quiet(stage);
    },
  },
  {
    name: "03-range-changed-twice",
    title: "A range that was changed twice",
    play: async (stage) => {
      await begin(stage);
      await stage.pool("public-b", "198.51.100.0/26");
      stage.pass(1);
      await stage.compare();
      stage.pass(40);
      await stage.pool("public-b", "198.51.100.0/25");
      stage.pass(1);
      await stage.compare();
      stage.pass(10);
      await stage.repair();
      await quiet(stage);
    },
  },
  {
    name: "04-pool-deleted-and-restored",
    title: "A pool that was deleted and restored by a person",
    play: async (stage) => {
      await begin(stage);
      await stage.pool("lab", "192.0.2.128/28");
      await stage.repair();
      stage.pass(60);
      await stage.deletePool("lab");
      stage.pass(1);
      await stage.compare();
      stage.pass(12);
      await stage.pool("lab", "192.0.2.128/28");
      await quiet(stage);
    },
  },
  {
    name: "05-pool-taken-away-under-its-services",
    title: "A pool that was taken away while its addresses were in use",
    play: async (stage) => {
      await begin(stage);
      await stage.deletePool("public-b");
      stage.pass(1);
      await stage.compare();
      const event = {
        kind: "Event",
        involvedObject: { kind: "Service", namespace: "billing", name: "gateway" },
        reason: "PoolNotFound",
        message: "the pool public-b of 198.51.100.1 does not exist",
        source: { component: "metallb-controller" },
        lastTimestamp: stage.now(),
      };
      await stage.handIn({ events: JSON.stringify({ kind: "List", items: [event] }) });
      await stage.edit({
        severity: "critical",
        impact:
          "The gateway of billing kept its address, and would have lost it with the next restart of MetalLB.",
      });
      stage.pass(25);
      await stage.pool("public-b", "198.51.100.0/27");
      await quiet(stage);
    },
  },
  {
    name: "06-all-pools-gone",
    title: "A read in which all pools were gone",
    play: async (stage) => {
      await begin(stage);
      for (const name of ["public-a", "public-b", "internal"]) await stage.deletePool(name);
      stage.pass(1);
      await stage.compare();
      stage.pass(9);
      await stage.pool("public-a", "203.0.113.0/26");
      await stage.pool("public-b", "198.51.100.0/27");
      await stage.pool("internal", "10.20.0.0/24");
      await quiet(stage);
    },
  },
  {
    name: "07-ledger-down",
    title: "A ledger that could not be reached",
    play: async (stage) => {
      await begin(stage);
      stage.interrupt(true);
      stage.pass(1);
      await stage.compare();
      stage.pass(17);
      stage.interrupt(false);
      await quiet(stage);
    },
  },
  {
    name: "08-fifty-unrecorded",
    title: "Fifty load balancers in a pool that was not recorded",
    play: async (stage) => {
      await begin(stage);
      await stage.pool("edge", "192.0.2.0/26");
      for (let at = 1; at <= 50; at++)
        await stage.service(
          at <= 30 ? "web" : at <= 45 ? "gpu" : "shop",
          `edge-${at}`,
          "edge",
          `192.0.2.${at}`,
        );
      stage.pass(3);
      await stage.compare();
      stage.pass(30);
      await stage.repair();
      await quiet(stage);
    },
  },
  {
    name: "09-pool-renamed",
    title: "A pool that got another name while in use",
    play: async (stage) => {
      await begin(stage);
      await stage.deletePool("public-b");
      await stage.pool("shop-b", "198.51.100.0/27");
      stage.pass(1);
      await stage.compare();
      stage.pass(5);
      await stage.simulate();
      await stage.repair();
      await quiet(stage);
    },
  },
  {
    name: "10-two-rows-for-one-range",
    title: "Two rows of the ledger for the same addresses",
    play: async (stage) => {
      await begin(stage);
      await stage.write((writer) =>
        writer.createPool(CLUSTER, {
          name: "public-a-old",
          ranges: ["203.0.113.0/26"],
          autoAssign: true,
          avoidBuggyIPs: false,
        }),
      );
      stage.pass(1);
      await stage.compare();
      stage.pass(3);
      await stage.simulate();
      await stage.edit({
        addTask: "Ask the owners of the import why it wrote the row",
        pic: "Citra",
        due: "2026-11-20",
      });
      await stage.edit({ note: "The import of 10 November wrote it." });
    },
  },
  {
    name: "11-address-that-no-pool-gave",
    title: "An address that no pool gave",
    play: async (stage) => {
      await begin(stage);
      await stage.service("data", "router", "", "192.0.2.250");
      stage.pass(1);
      await stage.compare();
      stage.pass(8);
      await stage.edit({
        task: "addresses-beside-metallb.now",
        pic: "Dewi",
        status: "In Progress",
        due: "2026-11-12",
      });
      stage.pass(50);
      await stage.deleteService("data", "router");
      await quiet(stage);
    },
  },
];
