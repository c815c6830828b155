/** The Events about an object, the latest last. */
import { type AnyObject, ApiError, type KubeClient, type KubeObject, listAll } from "../../client/index.ts";
import { compareText } from "../../kernel/index.ts";
import { EVENTS } from "../../kube/index.ts";

export interface ReportedEvent {
  /** RFC 3339. */
  readonly lastSeen: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

interface CoreEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

/** Undefined: the user may not see them. */
export async function readEventsOf(
  client: KubeClient,
  { metadata: { namespace = "", uid } }: KubeObject,
): Promise<ReportedEvent[] | undefined> {
  try {
    const fieldSelector = `involvedObject.uid=${uid}`;
    const { items } = await listAll(client, EVENTS, { namespace, fieldSelector });
    return items.map(reportOf).sort((a, b) => compareText(a.lastSeen, b.lastSeen));
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return undefined;
    throw error;
  }
}

function reportOf(object: AnyObject): ReportedEvent {
  const event = object as CoreEvent;
  const { series, lastTimestamp, eventTime } = event;
  return {
    lastSeen:
      series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? object.metadata.creationTimestamp ?? "",
    type: event.type ?? "Normal",
    reason: event.reason ?? "",
    message: event.message ?? "",
    count: series?.count ?? event.count ?? 1,
  };
}
