/**
 * Who wrote an object, from `metadata.managedFields`: names of programs, such as `kubectl-client-side-apply`,
 * and not of users. The API server notes who wrote, and not who deleted. Pure.
 */
import type { KubeObject } from "../kube/index.ts";

export interface Writer {
  /** The field manager. */
  readonly manager: string;
  /** RFC 3339, in whole seconds. */
  readonly at: string | undefined;
}

export interface Attribution {
  /** Who last wrote the spec; of a new object, who created it. */
  readonly spec?: Writer | undefined;
  /** Who last wrote the status. */
  readonly status?: Writer | undefined;
}

interface Entry {
  readonly manager?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

export function attributionOf({ metadata }: KubeObject): Attribution {
  const entries = (metadata.managedFields ?? []) as readonly Entry[];
  return {
    spec: latest(
      entries.filter(({ subresource = "", fieldsV1 }) => subresource === "" && fieldsV1?.["f:spec"]),
    ),
    status: latest(entries.filter(({ fieldsV1 }) => fieldsV1?.["f:status"] !== undefined)),
  };
}

function latest(entries: readonly Entry[]): Writer | undefined {
  let found: Entry | undefined;
  for (const entry of entries) {
    if (found === undefined || (entry.time ?? "") >= (found.time ?? "")) found = entry;
  }
  return found?.manager === undefined ? undefined : { manager: found.manager, at: found.time };
}
