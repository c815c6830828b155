/**
 * What webhook admission asks for, answered from the server's own store.
 */
import type { AnyObject } from "../../api/object.ts";
import { memberOf } from "../schema/json-value.ts";
import type { Store } from "../store/index.ts";
import type { WebhookAdmissionOptions } from "./webhook-admission.ts";

const CONFIGURATIONS = {
  mutating: "admissionregistration.k8s.io/mutatingwebhookconfigurations",
  validating: "admissionregistration.k8s.io/validatingwebhookconfigurations",
} as const;

/**
 * Reads of the newest state. There is no network of Services in an embedded server: a Service of a webhook is reached
 * by its `spec.externalName`, or by the first of its `spec.externalIPs`.
 */
export function admissionLookups(
  store: Store,
): Pick<WebhookAdmissionOptions, "configurations" | "namespaceLabels" | "resolveService"> {
  const find = (kind: string, namespace: string, name: string): AnyObject | undefined =>
    store.get({ kind, namespace, name })?.object;
  return {
    configurations: (which) => {
      const kind = CONFIGURATIONS[which];
      if (store.count(kind) === 0) return [];
      const listed = store.list(kind, {});
      return listed.ok ? listed.value.items.map((item) => item.object) : [];
    },
    namespaceLabels: (name) => {
      const namespace = find("namespaces", "", name);
      return namespace === undefined ? undefined : (namespace.metadata.labels ?? {});
    },
    resolveService: ({ namespace, name, port }) => {
      const spec = find("services", namespace, name)?.spec;
      const externalIPs = memberOf(spec, "externalIPs");
      const host =
        memberOf(spec, "externalName") ?? (Array.isArray(externalIPs) ? externalIPs[0] : undefined);
      if (typeof host !== "string" || host === "") return undefined;
      return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    },
  };
}
