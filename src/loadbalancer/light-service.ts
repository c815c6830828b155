/**
 * A Service without what no comparison reads, taken off page by page: of 100,000 Services, the whole would be held in
 * memory until the last page is there.
 */
import type { Service } from "./metallb.ts";

export function lightService(service: Service): Service {
  // Whatever is no object is for the reader of the list to complain of.
  if (typeof service?.metadata !== "object" || service.metadata === null) return service;
  const { name, namespace, uid, deletionTimestamp, annotations } = service.metadata;
  const ofMetalLb = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith("metallb."));
  const { type, loadBalancerClass } = service.spec ?? {};
  const ingress = service.status?.loadBalancer?.ingress;
  return {
    apiVersion: service.apiVersion,
    kind: service.kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(ofMetalLb.length > 0 && { annotations: Object.fromEntries(ofMetalLb) }),
    },
    spec: {
      ...(type !== undefined && { type }),
      ...(loadBalancerClass !== undefined && { loadBalancerClass }),
    },
    ...(ingress !== undefined && { status: { loadBalancer: { ingress } } }),
  };
}
