/**
 * Follows the API from where the record ends, and fills a backlog: one watch for each kind and namespace.
 * What happened while there was no watch is asked of the API by the recorded revision, and only where it no
 * longer has that, by a list.
 */
import type { Logger } from "pino";
import { ApiError, type KubeClient } from "../client/index.ts";
import type { Kernel } from "../kernel/index.ts";
import { compareRevisions, isComparableRevision, type KubeObject, type Resource } from "../kube/index.ts";
import { Reflector, type ReflectorSink } from "../runtime/index.ts";
import type { Backlog } from "./backlog.ts";
import type { Checkpoint } from "./entry.ts";
import { FOLLOWED, type Observed, observe } from "./facts.ts";

export interface FollowOptions {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  /** Empty: all, in one watch a kind. */
  readonly namespaces: readonly string[];
  readonly checkpoints: readonly Checkpoint[];
  readonly backlog: Backlog;
}

/** Resolves when the signal aborts and nothing is added any more. */
export async function follow(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const scopes = options.namespaces.length === 0 ? [""] : options.namespaces;
  const watches = FOLLOWED.flatMap((resource) =>
    scopes.map((scope) => ({ resource: resource as Resource, scope })),
  );
  await Promise.all(watches.map((watch) => followOne(options, watch, signal)));
}

interface Watch {
  readonly resource: Resource;
  readonly scope: string;
}

async function followOne(
  options: FollowOptions,
  { resource, scope }: Watch,
  signal: AbortSignal,
): Promise<void> {
  const { client, kernel, logger, checkpoints } = options;
  const { kind } = resource;
  const checkpoint = checkpoints.find((each) => each.kind === kind && each.scope === scope);
  const missedUntil = checkpoint && (await currentRevision(options, { resource, scope }, signal));
  if (signal.aborted) return;
  const reflector = new Reflector<KubeObject>({
    client,
    kernel,
    resource,
    logger: logger.child({ kind, part: "history", ...(scope !== "" && { namespace: scope }) }),
    keepsManagedFields: () => true,
    sink: sinkOf(options, { kind, scope, checkpoint, missedUntil }),
    ...(scope !== "" && { namespace: scope }),
    ...(checkpoint !== undefined && { resumeFrom: checkpoint.revision }),
  });
  await reflector.run(signal);
}

/** What was written up to this revision happened before the watch began. Undefined: the API does not say. */
async function currentRevision(
  { client, logger }: FollowOptions,
  { resource, scope }: Watch,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const list = await client.list(resource, { limit: 1, signal, ...(scope !== "" && { namespace: scope }) });
    return list.metadata.resourceVersion;
  } catch (error) {
    // The watch reports what is wrong with the API.
    if (!(error instanceof ApiError)) logger.debug({ err: error }, "The revision of the API is not known");
    return undefined;
  }
}

interface SinkContext {
  readonly kind: string;
  readonly scope: string;
  readonly checkpoint: Checkpoint | undefined;
  readonly missedUntil: string | undefined;
}

/** An object that was reduced to what is recorded of it, where a list holds whole objects. */
interface Reduced extends KubeObject {
  readonly observed: Observed;
}

function reduced(object: KubeObject): Reduced {
  const { apiVersion, kind } = object;
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const metadata = { name, namespace, uid, resourceVersion };
  return { apiVersion, kind, metadata, observed: observe(object) } as Reduced;
}

function sinkOf({ kernel, backlog }: FollowOptions, context: SinkContext): ReflectorSink<KubeObject> {
  const { kind, scope, checkpoint, missedUntil } = context;
  const now = () => new Date(kernel.clock.now()).toISOString();
  return {
    admit: (page) => page.map(reduced),
    replace(items, revision) {
      const objects = items.map((item) => (item as Reduced).observed);
      backlog.add({ kind, scope, revision, observedAt: now(), objects });
    },
    apply(event) {
      if (event.type === "BOOKMARK") {
        backlog.add({ kind, scope, revision: event.resourceVersion, observedAt: now() });
        return;
      }
      const observed = observe(event.object);
      const { revision } = observed.facts;
      const isMissed = missedUntil !== undefined && !isAfter(revision, missedUntil);
      backlog.add({
        kind,
        scope,
        revision,
        observedAt: now(),
        ...(isMissed && { after: checkpoint?.seenAt }),
        change: { observed, isGone: event.type === "DELETED" },
      });
    },
  };
}

function isAfter(revision: string, other: string): boolean {
  if (!isComparableRevision(revision) || !isComparableRevision(other)) return true;
  return compareRevisions(revision, other) > 0;
}
