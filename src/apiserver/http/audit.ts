/** From a request that is over to its audit event, if it is one that is audited. */

import type { Kernel } from "../../kernel/index.ts";
import type { User } from "../context.ts";
import { StatusError } from "../status-error.ts";
import { type AuditEvent, auditEventOf, isRefusal, type RefusalLimit } from "./audit/index.ts";
import type { RequestVerb, ResourcePath } from "./request-info.ts";
import type { Exchange } from "./respond.ts";

/** Takes events, and never throws. */
export interface AuditSink {
  record(event: AuditEvent): void;
}

/** What a request turned out to be about, for the log, the metrics and the audit. Filled in on the way. */
export interface Topic {
  path?: ResourcePath | undefined;
  verb?: RequestVerb | undefined;
  /** Who authenticated, and whom the request counts as. */
  caller?: User;
  user?: User;
  isAllowed?: boolean;
  /** Of what a POST created. */
  createdName?: string;
  reason?: string | undefined;
}

/** Calls back once the request is over. */
export function auditWhenDone(
  sink: AuditSink,
  limit: RefusalLimit,
  kernel: Kernel,
  exchange: Exchange,
  topic: Topic,
): void {
  const { request, response } = exchange;
  const receivedMs = kernel.clock.now();
  // The address is gone when the connection is.
  const sourceAddress = request.socket.remoteAddress;
  response.on("close", () => {
    const { path } = topic;
    const object = path && {
      resource: path.plural,
      namespace: path.namespace,
      name: path.name === "" ? (topic.createdName ?? "") : path.name,
      apiGroup: path.group,
      apiVersion: path.version,
      subresource: path.subresource,
    };
    const code = response.headersSent ? response.statusCode : undefined;
    const isLimited = isRefusal(code) && topic.isAllowed !== true;
    const verdict = isLimited
      ? limit.admit(topic.caller?.username ?? "", kernel.clock.monotonicMs())
      : ADMITTED;
    if (!verdict.isAudited) return;
    const event = auditEventOf({
      id: kernel.random.uuid(),
      verb: topic.verb ?? (request.method ?? "").toLowerCase(),
      url: request.url ?? "",
      userAgent: request.headers["user-agent"],
      sourceAddress,
      caller: topic.caller,
      user: topic.user,
      object,
      code,
      skippedBefore: verdict.skipped,
      reason: topic.reason,
      isAllowed: topic.isAllowed,
      receivedMs,
      doneMs: kernel.clock.now(),
    });
    if (event !== undefined) sink.record(event);
  });
}

const ADMITTED = { isAudited: true, skipped: 0 } as const;

export function reasonOf(error: unknown): string | undefined {
  return error instanceof StatusError ? error.body.reason : undefined;
}
