/**
 * A Service without what no comparison reads, taken off page by page: of 100,000 Services, the whole would be held in
 * memory until the last page is there.
 */
import type { Service } from "./metallb.ts";

export function lightService(service: Service): Service {
  // Whatever is no object is for the reader of the list to complain of.
  if (typeof service?.metadata !== "object" || service.metadata === null) return service;
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, annotations } =
    service.metadata;
  const ofMetalLb = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith("metallb."));
  return {
    apiVersion: service.apiVersion,
    kind: service.kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(ofMetalLb.length > 0 && { annotations: Object.fromEntries(ofMetalLb) }),
    },
    ...(service.spec !== undefined && { spec: service.spec }),
    ...(service.status !== undefined && { status: service.status }),
  };
}
