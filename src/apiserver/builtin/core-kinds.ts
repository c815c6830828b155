/** Kinds of the core group that hold configuration and identity: namespaces, config maps, secrets, service accounts. */
import type { AnyObject } from "../../api/object.ts";
import type { Cause, ServedResource } from "../resource.ts";
import {
  age,
  column,
  conditions,
  defineKind,
  flag,
  keyedList,
  list,
  record,
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
    spec: record("What the namespace waits for before it goes.", {
      finalizers: texts("What must be done first."),
    }),
    status: record("Where the namespace is in its life.", {
      phase: text("Active or Terminating."),
      conditions: conditions(),
    }),
  },
  selectableFields: ["status.phase"],
  columns: [column("Status", "string", (o) => field<{ phase?: string }>(o, "status")?.phase), age],
  prepare: prepareNamespace,
});

/** A namespace names itself in a label, and waits for its content to go before it goes. */
function prepareNamespace(object: AnyObject, old: AnyObject | undefined): AnyObject {
  const labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name };
  const spec = old === undefined ? { finalizers: ["kubernetes"] } : (object.spec ?? old.spec);
  const phase = object.metadata.deletionTimestamp === undefined ? "Active" : "Terminating";
  const status = { ...field<object>(object, "status"), phase };
  return { ...object, metadata: { ...object.metadata, labels }, spec, status };
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
  check: (object, old) => [
    ...dataFaults(object, ["data", "binaryData"]),
    ...sizeFaults(object, ""),
    ...immutableFaults(object, old),
  ],
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
  check: (object, old) => [
    ...dataFaults(object, ["data"]),
    ...sizeFaults(object, "data"),
    ...immutableFaults(object, old),
    ...typeFaults(object, old),
  ],
  prepare: prepareSecret,
});

function prepareSecret(object: AnyObject): AnyObject {
  const { stringData, ...kept } = object;
  const data: Record<string, string> = { ...field<Record<string, string>>(object, "data") };
  for (const [key, value] of Object.entries((stringData ?? {}) as Record<string, string>)) {
    data[key] = Buffer.from(value).toString("base64");
  }
  const typed = { ...kept, type: object.type ?? "Opaque" } as AnyObject;
  return Object.keys(data).length === 0 ? typed : { ...typed, data };
}

export const serviceAccounts = defineKind({
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  unconditionalUpdate: false,
  shortNames: ["sa"],
  description: "ServiceAccount binds together a name and the principal that it authenticates as.",
  properties: {
    secrets: keyedList("Secrets that pods of this ServiceAccount may use.", "name", reference("A secret.")),
    imagePullSecrets: list("Secrets for pulling images.", reference("A secret.")),
    automountServiceAccountToken: flag("Whether pods get an API token automatically."),
  },
  columns: [column("Secrets", "integer", (o) => count(o.secrets)), age],
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

const DATA_KEY = /^[-._a-zA-Z0-9]{1,253}$/;

function dataFaults(object: AnyObject, fields: readonly string[]): Cause[] {
  return fields.flatMap((name) =>
    Object.keys((object[name] ?? {}) as object)
      .filter((key) => !DATA_KEY.test(key) || key === "." || key === "..")
      .map((key) => ({
        reason: "FieldValueInvalid",
        field: `${name}[${key}]`,
        message:
          `Invalid value: ${JSON.stringify(key)}: a valid config key must consist of alphanumeric characters, ` +
          "'-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      })),
  );
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function base64Fault(object: AnyObject, name: string): Cause | undefined {
  const entries = Object.entries((object[name] ?? {}) as Record<string, string>);
  const wrong = entries.find(([, value]) => !BASE64.test(value));
  if (wrong === undefined) return undefined;
  const message = "Invalid value: illegal base64 data";
  return { reason: "FieldValueTypeInvalid", field: `${name}[${wrong[0]}]`, message };
}

const LARGEST_DATA_BYTES = 1024 * 1024;

/** `data` of a Secret and `binaryData` count as the bytes that they stand for. */
function sizeFaults(object: AnyObject, at: string): Cause[] {
  const sizeOf = (name: string, measure: (value: string) => number) =>
    Object.values((object[name] ?? {}) as Record<string, string>).reduce(
      (sum, value) => sum + measure(value),
      0,
    );
  const bytesOf = (value: string) => Buffer.byteLength(value, "base64");
  const size =
    object.kind === "Secret"
      ? sizeOf("data", bytesOf)
      : sizeOf("data", (value) => Buffer.byteLength(value)) + sizeOf("binaryData", bytesOf);
  if (size <= LARGEST_DATA_BYTES) return [];
  const message = `Too long: may not be more than ${LARGEST_DATA_BYTES} bytes`;
  return [{ reason: "FieldValueTooLong", field: at, message }];
}

function immutableFaults(object: AnyObject, old: AnyObject | undefined): Cause[] {
  if (old?.immutable !== true) return [];
  const refuse = (name: string): Cause => ({
    reason: "FieldValueForbidden",
    field: name,
    message: "Forbidden: field is immutable when `immutable` is set",
  });
  const faults = object.immutable === true ? [] : [refuse("immutable")];
  for (const name of ["data", "binaryData"]) {
    if (JSON.stringify(object[name]) !== JSON.stringify(old[name])) faults.push(refuse(name));
  }
  return faults;
}

function typeFaults(object: AnyObject, old: AnyObject | undefined): Cause[] {
  if (old === undefined || object.type === old.type) return [];
  const message = `Invalid value: ${JSON.stringify(object.type)}: field is immutable`;
  return [{ reason: "FieldValueInvalid", field: "type", message }];
}

export const coreKinds: readonly ServedResource[] = [namespaces, configMaps, secrets, serviceAccounts];
