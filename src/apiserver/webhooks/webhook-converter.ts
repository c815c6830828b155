/**
 * Conversion of custom resources between the versions of their CRD by its webhook: ConversionReview in
 * `apiextensions.k8s.io/v1` ("Versions in CustomResourceDefinitions" in the Kubernetes documentation).
 */

import { err, type Kernel, ok, type Result } from "../../kernel/index.ts";
import type { AnyObject, ObjectMeta } from "../../kube/object.ts";
import type { Converter } from "../context.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { isJsonObject, type JsonObject, memberOf } from "../kinds/schema/json-value.ts";
import { StatusError } from "../status-error.ts";
import { readTarget } from "./webhook.ts";
import type { WebhookClient } from "./webhook-client.ts";

/** As kube-apiserver has it. */
const TIMEOUT_SECONDS = 30;
/** What goes into one review: its answer is as large, and has a limit. */
const MOST_OBJECTS = 500;
const MOST_BYTES = 1024 * 1024;

export function webhookConverter(client: Pick<WebhookClient, "call">, { random }: Kernel): Converter {
  const review = async (resource: ServedResource, objects: readonly AnyObject[], apiVersion: string) => {
    const declared = resource.conversionWebhook ?? { clientConfig: {}, reviewVersions: [] };
    const version = declared.reviewVersions.includes("v1") ? "v1" : "v1beta1";
    const uid = random.uuid();
    const request = { uid, desiredAPIVersion: apiVersion, objects };
    const target = readTarget(declared.clientConfig);
    const body = { apiVersion: `apiextensions.k8s.io/${version}`, kind: "ConversionReview", request };
    const answer = await client.call({ target, timeoutSeconds: TIMEOUT_SECONDS }, body);
    const read = answer.ok ? readAnswer(answer.value, uid, objects, apiVersion) : answer;
    if (read.ok) return read.value;
    const from = `${objects[0]?.apiVersion}, Kind=${resource.kind}`;
    throw new StatusError(500, "", `conversion webhook for ${from} failed: ${read.error}`);
  };
  return {
    convert: async (resource, objects, apiVersion) => {
      const open = objects.filter((object) => object.apiVersion !== apiVersion);
      const converted: AnyObject[] = [];
      for (const batch of batchesOf(open)) converted.push(...(await review(resource, batch, apiVersion)));
      const next = converted.values();
      return objects.map((object) =>
        object.apiVersion === apiVersion ? object : (next.next().value as AnyObject),
      );
    },
  };
}

function batchesOf(objects: readonly AnyObject[]): readonly (readonly AnyObject[])[] {
  const batches: AnyObject[][] = [];
  let bytes = 0;
  for (const object of objects) {
    const size = JSON.stringify(object).length;
    const last = batches.at(-1);
    if (last === undefined || last.length === MOST_OBJECTS || bytes + size > MOST_BYTES) {
      batches.push([object]);
      bytes = size;
    } else {
      last.push(object);
      bytes += size;
    }
  }
  return batches;
}

function readAnswer(
  answer: unknown,
  uid: string,
  sent: readonly AnyObject[],
  apiVersion: string,
): Result<readonly AnyObject[], string> {
  const response = memberOf(answer, "response");
  if (!isJsonObject(response)) return err("the answer has no response");
  if (response.uid !== uid)
    return err(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`);
  const status = memberOf(response.result, "status");
  if (status !== "Success") {
    const message = memberOf(response.result, "message");
    return err(typeof message === "string" ? message : `response.result.status is ${JSON.stringify(status)}`);
  }
  const { convertedObjects } = response;
  const count = Array.isArray(convertedObjects) ? convertedObjects.length : 0;
  if (!Array.isArray(convertedObjects) || count !== sent.length)
    return err(`returned ${count} objects, expected ${sent.length}`);
  const converted: AnyObject[] = [];
  for (const [i, original] of sent.entries()) {
    const read = readConverted(convertedObjects[i], original, apiVersion);
    if (!read.ok) return err(`invalid converted object at index ${i}: ${read.error}`);
    converted.push(read.value);
  }
  return ok(converted);
}

const KEPT = ["name", "namespace", "uid"] as const;

/** A webhook may change labels and annotations, and nothing else of the metadata. */
function readConverted(value: unknown, original: AnyObject, apiVersion: string): Result<AnyObject, string> {
  if (!isJsonObject(value)) return err("it is not an object");
  if (value.apiVersion !== apiVersion)
    return err(`expected apiVersion ${apiVersion}, got ${JSON.stringify(value.apiVersion ?? "")}`);
  if (value.kind !== original.kind)
    return err(`expected kind ${original.kind}, got ${JSON.stringify(value.kind ?? "")}`);
  const { metadata } = value;
  if (!isJsonObject(metadata)) return err("it has no metadata");
  for (const field of KEPT) {
    if (metadata[field] !== original.metadata[field])
      return err(`metadata.${field} may not be changed from ${original.metadata[field] ?? '""'}`);
  }
  for (const field of ["labels", "annotations"]) {
    if (!isTextMap(metadata[field])) return err(`metadata.${field} is not a map of strings`);
  }
  return ok({ ...value, metadata: mergedMetadata(original.metadata, metadata) } as unknown as AnyObject);
}

function isTextMap(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return isJsonObject(value) && Object.values(value).every((each) => typeof each === "string");
}

function mergedMetadata(original: ObjectMeta, converted: JsonObject): ObjectMeta {
  const { labels: _, annotations: __, ...kept } = original;
  const given = Object.fromEntries(
    ["labels", "annotations"].flatMap((field) => (converted[field] ? [[field, converted[field]]] : [])),
  );
  return { ...kept, ...given };
}
