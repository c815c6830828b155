/** What ConfigMaps and Secrets may hold (`pkg/apis/core/validation`, ValidateConfigMap and ValidateSecret). */

import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../kube/object.ts";
import { parseShallow } from "../../json-scan.ts";
import type { Cause } from "../../status-error.ts";
import { forbidden, invalid, isFull, required, tooLong } from "../schema/causes.ts";

type Texts = Readonly<Record<string, string>>;
const textsOf = (object: AnyObject, field: string) => (object[field] ?? {}) as Texts;

export function configMapFaults(map: AnyObject, old: AnyObject | undefined): Cause[] {
  const [data, binary] = [textsOf(map, "data"), textsOf(map, "binaryData")];
  const faults = [...keyFaults(data, "data"), ...keyFaults(binary, "binaryData")];
  for (const key of Object.keys(binary)) {
    if (Object.hasOwn(data, key)) {
      faults.push(invalid(`data[${key}]`, key, "duplicate of key present in binaryData"));
    }
  }
  const sizeBytes = sizeOf(data, (value) => Buffer.byteLength(value)) + sizeOf(binary, decodedSize);
  // The path as kube-apiserver writes that of the whole object.
  if (sizeBytes > LARGEST_DATA_BYTES) faults.push(tooLong("[]", LARGEST_DATA_BYTES));
  return [...immutableFaults(map, old, ["data", "binaryData"]), ...faults];
}

export function secretFaults(secret: AnyObject, old: AnyObject | undefined): Cause[] {
  const faults: Cause[] = [];
  if (old !== undefined && secret.type !== old.type) {
    faults.push(invalid("type", secret.type, "field is immutable"));
  }
  const data = textsOf(secret, "data");
  faults.push(...immutableFaults(secret, old, ["data"]), ...keyFaults(data, "data"));
  if (sizeOf(data, decodedSize) > LARGEST_DATA_BYTES) faults.push(tooLong("data", LARGEST_DATA_BYTES));
  return [...faults, ...typedFaults(secret, data)];
}

/** https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
function typedFaults(secret: AnyObject, data: Texts): Cause[] {
  const missing = (...keys: string[]) =>
    keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`));
  switch (secret.type) {
    case "kubernetes.io/service-account-token": {
      const key = "kubernetes.io/service-account.name";
      return secret.metadata.annotations?.[key] ? [] : [required(`metadata.annotations[${key}]`)];
    }
    case "kubernetes.io/dockercfg":
      return [...missing(".dockercfg"), ...jsonFaults(data, ".dockercfg")];
    case "kubernetes.io/dockerconfigjson":
      return [...missing(".dockerconfigjson"), ...jsonFaults(data, ".dockerconfigjson")];
    case "kubernetes.io/basic-auth": {
      const faults = missing("username", "password");
      return faults.length === 2 ? faults : [];
    }
    case "kubernetes.io/ssh-auth":
      return data["ssh-privatekey"] ? [] : [required("data[ssh-privatekey]")];
    case "kubernetes.io/tls":
      return missing("tls.crt", "tls.key");
    default:
      return [];
  }
}

function jsonFaults(data: Texts, key: string): Cause[] {
  if (!Object.hasOwn(data, key)) return [];
  const parsed = parseShallow(Buffer.from(data[key] ?? "", "base64"));
  // Go takes null for a map that is not there.
  if (parsed.ok && typeof parsed.value === "object" && !Array.isArray(parsed.value)) return [];
  return [invalid(`data[${key}]`, "<secret contents redacted>", "must be a JSON object")];
}

const KEY = /^[-._a-zA-Z0-9]+$/;
const LONGEST_KEY = 253;
const KEY_TEXT =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  " +
  "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function keyFaults(data: Texts, field: string): Cause[] {
  const faults: Cause[] = [];
  for (const key of Object.keys(data)) {
    if (isFull(faults)) break;
    if (key.length <= LONGEST_KEY && !key.startsWith(".") && KEY.test(key)) continue;
    for (const why of keyWhys(key)) faults.push(invalid(`${field}[${key}]`, key, why));
  }
  return faults;
}

function keyWhys(key: string): string[] {
  const whys: string[] = [];
  if (key.length > LONGEST_KEY) whys.push(`must be no more than ${LONGEST_KEY} characters`);
  if (!KEY.test(key)) whys.push(KEY_TEXT);
  if (key === "." || key === "..") whys.push(`must not be '${key}'`);
  else if (key.startsWith("..")) whys.push("must not start with '..'");
  return whys;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A text that cannot be decoded, among those that are bytes. */
export function base64Fault(object: AnyObject, field: string): Cause | undefined {
  const wrong = Object.entries(textsOf(object, field)).find(([, value]) => !BASE64.test(value));
  if (wrong === undefined) return undefined;
  const message = "Invalid value: illegal base64 data";
  return { reason: "FieldValueTypeInvalid", field: `${field}[${wrong[0]}]`, message };
}

const LARGEST_DATA_BYTES = 1024 * 1024;
const decodedSize = (value: string) => Buffer.byteLength(value, "base64");

function sizeOf(data: Texts, measure: (value: string) => number): number {
  return Object.values(data).reduce((sum, value) => sum + measure(value), 0);
}

function immutableFaults(object: AnyObject, old: AnyObject | undefined, fields: readonly string[]): Cause[] {
  if (old?.immutable !== true) return [];
  const why = "field is immutable when `immutable` is set";
  const faults = object.immutable === true ? [] : [forbidden("immutable", why)];
  for (const field of fields) {
    if (!isDeepStrictEqual(textsOf(object, field), textsOf(old, field))) faults.push(forbidden(field, why));
  }
  return faults;
}
