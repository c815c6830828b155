/**
 * The load balancers of all Services, taken off page by page: of 100,000 Services, the whole would be held in memory until
 * the last page is there.
 */
import { ConfigError, type KubeClient, listAll } from "../../client/index.ts";
import { type LoadBalancer, loadBalancersOf, SERVICES, type Service } from "./metallb.ts";

/** Rejects as the client does, and with a ConfigError for what is not a list of Services. */
export async function takeBalancers(
  client: KubeClient,
  isHandled: (service: Service) => boolean,
): Promise<LoadBalancer[]> {
  let taken: LoadBalancer[] = [];
  const list: KubeClient["list"] = (resource, options) => {
    // A list whose snapshot expired on the way starts over.
    if (options?.continue === undefined) taken = [];
    return client.list(resource, options);
  };
  await listAll({ list }, SERVICES, {}, (page) => {
    for (const service of page) {
      if (typeof service?.metadata?.name !== "string") throw strange(SERVICES.kind);
      if (isHandled(service)) taken.push(...loadBalancersOf(service));
    }
    return [];
  });
  return taken;
}

/** As a proxy answers that is none, or one that makes answers up. */
export function strange(kind: string): ConfigError {
  return new ConfigError(`the list of objects of kind ${kind} holds something that is not a ${kind}`);
}
