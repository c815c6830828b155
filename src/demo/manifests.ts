/**
 * Manifests from files, and from there into the API.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS } from "../api/index.ts";
import { type AnyObject, ApiError, apiVersionOf, type KubeClient, type Resource } from "../client/index.ts";
import { NAMESPACES } from "../kube/index.ts";

/** A manifest that cannot be applied: one sentence that names file and line. */
export class ManifestError extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = "ManifestError";
  }
}

/** The kinds that our examples consist of, in the order in which they are created: what others need comes first. */
const KINDS: readonly Resource[] = [NAMESPACES, SUBNET_POOLS, SUBNET_POOL_CLAIMS, SUBNET_CLAIMS];

export interface Manifest {
  readonly object: AnyObject;
  readonly resource: Resource;
  /** `file.yaml:12`, for messages. */
  readonly origin: string;
}

/**
 * The objects in the `.yaml` files of a folder, by the name of the file and then in the order of the file.
 *
 * @throws ManifestError naming file and line of what is wrong.
 */
export function readManifests(folder: string): Manifest[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return files.sort().flatMap((name) => parseManifests(readFileSync(join(folder, name), "utf8"), name));
}

export function parseManifests(text: string, file: string): Manifest[] {
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  return [...parseAllDocuments(text)].flatMap((document): Manifest[] => {
    const start = document.contents?.range?.[0] ?? 0;
    const [fault] = document.errors;
    if (fault !== undefined) {
      const [summary = ""] = fault.message.split("\n");
      throw new ManifestError(`${file}:${lineAt(fault.pos[0])} is not YAML: ${summary}`, { cause: fault });
    }
    const content: unknown = document.toJS();
    return content === null ? [] : [manifestOf(content, `${file}:${lineAt(start)}`)];
  });
}

function manifestOf(content: unknown, origin: string): Manifest {
  const object = content as Partial<AnyObject>;
  const resource = KINDS.find(
    (kind) => kind.kind === object.kind && apiVersionOf(kind) === object.apiVersion,
  );
  if (resource === undefined) {
    throw new ManifestError(
      `${origin} has an unknown kind: apiVersion ${object.apiVersion}, kind ${object.kind}.`,
    );
  }
  if (typeof object.metadata?.name !== "string") {
    throw new ManifestError(`${origin} has no metadata.name: every object needs one.`);
  }
  return { object: object as AnyObject, resource, origin };
}

/** Requests under way at the same time. */
const CONCURRENCY = 8;

/**
 * Creates what is not there yet, and leaves alone what is.
 *
 * @throws ManifestError naming file and line of an object that the API refuses.
 */
export async function createMissing(client: KubeClient, manifests: readonly Manifest[], signal: AbortSignal) {
  for (const kind of KINDS) {
    const waiting = manifests.filter((manifest) => manifest.resource === kind).values();
    const work = async () => {
      for (const manifest of waiting) await createUnlessThere(client, manifest, signal);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  }
}

async function createUnlessThere(
  client: KubeClient,
  { object, resource, origin }: Manifest,
  signal: AbortSignal,
) {
  try {
    await client.create(resource, object, { signal });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === "AlreadyExists") return;
    throw new ManifestError(`${origin} was refused: ${error.message}`, { cause: error });
  }
}
