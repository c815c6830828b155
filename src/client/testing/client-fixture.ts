/** A client, a puppet of a server and a clock that stands still, made again for each test of a file. */
import { afterEach, beforeEach } from "vitest";
import { ManualClock, seededRandom } from "../../kernel/index.ts";
import { LEASES } from "../../kube/index.ts";
import type { AnyObject, Resource } from "../../kube/object.ts";
import {
  type ClientOptions,
  type ClusterConfig,
  createClient,
  type KubeClient,
  type RequestObservation,
} from "../index.ts";
import { PuppetServer } from "./puppet-server.ts";

export const pods: Resource<AnyObject> = {
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  namespaced: true,
};
export const nodes: Resource<AnyObject> = {
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  namespaced: false,
};
export const leases = LEASES;
export const one = { namespace: "n", name: "p" };
export const pod: AnyObject = { apiVersion: "v1", kind: "Pod", metadata: { namespace: "n", name: "p" } };

export interface ClientFixture {
  readonly server: PuppetServer;
  readonly clock: ManualClock;
  readonly observations: readonly RequestObservation[];
  /** Closed after the test. */
  client(options?: Partial<ClientOptions>, config?: Partial<ClusterConfig>): KubeClient;
}

/** Registers the hooks; the object that is returned shows the present test's parts. */
export function useClientFixture(): ClientFixture {
  let server: PuppetServer;
  let clock: ManualClock;
  let observations: RequestObservation[];
  let clients: KubeClient[];
  beforeEach(async () => {
    server = await PuppetServer.start();
    clock = new ManualClock();
    observations = [];
    clients = [];
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await server[Symbol.asyncDispose]();
  });
  return {
    get server() {
      return server;
    },
    get clock() {
      return clock;
    },
    get observations() {
      return observations;
    },
    client: (options = {}, config = {}) => {
      const made = createClient(
        { server: server.url, ca: server.authority.ca, ...config },
        {
          kernel: { clock, random: seededRandom(1) },
          onRequest: (observation) => observations.push(observation),
          ...options,
        },
      );
      clients.push(made);
      return made;
    },
  };
}

/** The error that `promise` ends in. */
export function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error("it should have failed");
    },
    (error) => error,
  );
}
