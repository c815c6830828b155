/** How the objects of a CRD are converted between its versions: what may be declared, and what is. */
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import type { ServedResource } from "../resource.ts";
import { forbidden, invalid, notSupported, required } from "./causes.ts";
import { isJsonObject, memberOf } from "./json-value.ts";

const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
/** Of ConversionReview, in `apiextensions.k8s.io`. */
const REVIEW_VERSIONS = ["v1", "v1beta1"];

/** Paths are those of Go's own form of a CRD, in which the parts of `webhook` have other places. */
export function conversionFaults(crd: AnyObject): readonly Cause[] {
  const conversion = memberOf(crd.spec, "conversion");
  if (!isJsonObject(conversion)) return [];
  const { strategy, webhook } = conversion;
  const path = "spec.conversion";
  const client = memberOf(webhook, "clientConfig");
  const versions = memberOf(webhook, "conversionReviewVersions");
  const declared = Array.isArray(versions) ? versions.map(String) : [];
  if (strategy === "Webhook") {
    return [
      ...clientFaults(client, `${path}.webhookClientConfig`),
      ...versionFaults(declared, `${path}.conversionReviewVersions`),
    ];
  }
  const faults: Cause[] = [];
  if (strategy === undefined || strategy === "") faults.push(required(`${path}.strategy`));
  else if (strategy !== "None") faults.push(notSupported(`${path}.strategy`, strategy, ["None", "Webhook"]));
  const detail = "should not be set when strategy is not set to Webhook";
  if (isJsonObject(client)) faults.push(forbidden(`${path}.webhookClientConfig`, detail));
  if (declared.length > 0) faults.push(forbidden(`${path}.conversionReviewVersions`, detail));
  return faults;
}

export function conversionWebhookOf(crd: AnyObject): ServedResource["conversionWebhook"] {
  const conversion = memberOf(crd.spec, "conversion");
  if (memberOf(conversion, "strategy") !== "Webhook") return undefined;
  const webhook = memberOf(conversion, "webhook");
  const versions = memberOf(webhook, "conversionReviewVersions");
  return {
    clientConfig: memberOf(webhook, "clientConfig"),
    reviewVersions: Array.isArray(versions) ? versions.map(String) : [],
  };
}

function versionFaults(versions: readonly string[], path: string): readonly Cause[] {
  if (versions.length === 0) return [required(path)];
  const faults: Cause[] = [];
  versions.forEach((version, i) => {
    if (versions.indexOf(version) < i) faults.push(invalid(`${path}[${i}]`, version, "duplicate version"));
    else if (!DNS_LABEL.test(version) || version.length > 63)
      faults.push(invalid(`${path}[${i}]`, version, "must be a DNS-1035 label, such as v1"));
  });
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version)))
    faults.push(invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`));
  return faults;
}

function clientFaults(client: unknown, path: string): readonly Cause[] {
  if (!isJsonObject(client)) return [required(path, "required when strategy is set to Webhook")];
  const { url, service } = client;
  if ((typeof url === "string") === isJsonObject(service))
    return [required(path, "exactly one of url or service is required")];
  return typeof url === "string" ? urlFaults(url, `${path}.url`) : serviceFaults(service, `${path}.service`);
}

function urlFaults(text: string, path: string): readonly Cause[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return [invalid(path, text, "url must be a valid URL: https://host[/path]")];
  const faults: Cause[] = [];
  if (url.protocol !== "https:")
    faults.push(invalid(path, text, "'https' is the only allowed URL scheme: https://host[/path]"));
  if (url.host === "") faults.push(invalid(path, text, "host must be specified: https://host[/path]"));
  for (const [what, part] of [
    ["user information", url.username],
    ["fragments", url.hash],
    ["query parameters", url.search],
  ] as const) {
    if (part !== "") faults.push(invalid(path, part, `${what} are not permitted in the URL`));
  }
  return faults;
}

function serviceFaults(service: unknown, path: string): readonly Cause[] {
  const faults: Cause[] = [];
  for (const field of ["name", "namespace"]) {
    const value = memberOf(service, field);
    if (value === undefined || value === "")
      faults.push(required(`${path}.${field}`, `service ${field} is required`));
  }
  const port = memberOf(service, "port");
  if (typeof port === "number" && (port < 1 || port > 65_535))
    faults.push(invalid(`${path}.port`, port, "port is not valid: must be between 1 and 65535"));
  const route = memberOf(service, "path");
  if (typeof route === "string" && route !== "" && !route.startsWith("/"))
    faults.push(invalid(`${path}.path`, route, "must start with a '/'"));
  return faults;
}
