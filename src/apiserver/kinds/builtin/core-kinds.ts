/** Kinds of the core group that hold configuration and identity: namespaces, config maps, secrets, service accounts. */
import type { AnyObject } from "../../../kube/object.ts";
import type { ServedResource } from "../resource.ts";
import { base64Fault, configMapFaults, secretFaults } from "./data-rules.ts";
import {
  age,
  always,
  column,
  conditions,
  defineKind,
  flag,
  keyedList,
  list,
  record,
  repeatable,
  text,
  textMap,
  texts,
} from "./kind.ts";

const field = <T>(object: AnyObject, name: string) => object[name] as T | undefined;
const count = (value: unknown) =>
  typeof value === "object" && value !== null ? Object.keys(value).length : 0;

export const namespaces = defineKind({
  kind: "Namespace",
  plural: "namespaces",
  shortNames: ["ns"],
  namespaced: false,
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  nameRule: "label",
  hasStatus: true,
  description: "Namespace provides a scope for Names. Use of multiple namespaces is optional.",
  properties: {
    spec: always(
      record("What the namespace waits for before it goes.", {
        finalizers: texts("What must be done first."),
      }),
    ),
    status: always(
      record("Where the namespace is in its life.", {
        phase: text("Active or Terminating."),
        conditions: conditions(),
      }),
    ),
  },
  selectableFields: ["status.phase"],
  columns: [column("Status", "string", (o) => field<{ phase?: string }>(o, "status")?.phase), age],
  prepare: withOwnName,
  allocate: withLife,
  lifecycle: {
    // As the NamespaceLifecycle admission of kube-apiserver.
    permanent: new Set(["default", "kube-system", "kube-public"]),
    isHeld: (object) =>
      (field<{ finalizers?: readonly string[] }>(object, "spec")?.finalizers?.length ?? 0) > 0,
    withDeletionBegun: (object) => ({
      ...object,
      status: { ...field<object>(object, "status"), phase: "Terminating" },
    }),
    specSubresource: "finalize",
  },
});

/** A namespace names itself in a label. */
function withOwnName(object: AnyObject): AnyObject {
  const labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name };
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** It waits for its content to go before it goes. */
function withLife(object: AnyObject, old: AnyObject | undefined): AnyObject {
  const spec = old === undefined ? { finalizers: ["kubernetes"] } : (object.spec ?? old.spec);
  const phase = object.metadata.deletionTimestamp === undefined ? "Active" : "Terminating";
  const status = { ...field<object>(object, "status"), phase };
  return { ...object, spec, status };
}

export const configMaps = defineKind({
  kind: "ConfigMap",
  plural: "configmaps",
  shortNames: ["cm"],
  description: "ConfigMap holds configuration data for pods to consume.",
  properties: {
    data: textMap(
      "The configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'.",
    ),
    binaryData: textMap("The binary configuration data, each value in base64."),
    immutable: flag("If set to true, ensures that data stored in the ConfigMap cannot be updated."),
  },
  columns: [column("Data", "string", (o) => count(o.data) + count(o.binaryData)), age],
  undecodable: (object) => base64Fault(object, "binaryData"),
  check: configMapFaults,
});

export const secrets = defineKind({
  kind: "Secret",
  plural: "secrets",
  description: "Secret holds secret data of a certain type.",
  properties: {
    data: textMap("The secret data, each value in base64."),
    stringData: textMap("Secret data as plain text. Merged into data on write, and never returned."),
    type: text("Used to facilitate programmatic handling of secret data."),
    immutable: flag("If set to true, ensures that data stored in the Secret cannot be updated."),
  },
  selectableFields: ["type"],
  columns: [
    column("Type", "string", (o) => o.type as string | undefined),
    column("Data", "string", (o) => count(o.data)),
    age,
  ],
  undecodable: (object) => base64Fault(object, "data"),
  check: secretFaults,
  prepare: prepareSecret,
});

function prepareSecret(object: AnyObject): AnyObject {
  const { stringData, ...kept } = object;
  const data: Record<string, string> = { ...field<Record<string, string>>(object, "data") };
  for (const [key, value] of Object.entries((stringData ?? {}) as Record<string, string>)) {
    data[key] = Buffer.from(value).toString("base64");
  }
  const typed = { ...kept, type: object.type || "Opaque" } as AnyObject;
  return Object.keys(data).length === 0 ? typed : { ...typed, data };
}

export const serviceAccounts = defineKind({
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  unconditionalUpdate: false,
  shortNames: ["sa"],
  description: "ServiceAccount binds together a name and the principal that it authenticates as.",
  properties: {
    secrets: repeatable(
      keyedList("Secrets that pods of this ServiceAccount may use.", "name", reference("A secret.")),
    ),
    imagePullSecrets: list("Secrets for pulling images.", reference("A secret.")),
    automountServiceAccountToken: flag("Whether pods get an API token automatically."),
  },
  columns: [column("Secrets", "string", (o) => count(o.secrets)), age],
});

function reference(description: string) {
  return record(description, {
    name: text("Name of the referent."),
    namespace: text("Namespace of the referent."),
    kind: text("Kind of the referent."),
    uid: text("UID of the referent."),
    apiVersion: text("API version of the referent."),
    resourceVersion: text("Specific resourceVersion of the referent."),
    fieldPath: text("A part of the referent."),
  });
}

export const coreKinds: readonly ServedResource[] = [namespaces, configMaps, secrets, serviceAccounts];
