/**
 * Events of a watch as text: `{"type":"ADDED","object":…}` and a line feed. The text of an event is made once and shared
 * by all watchers that want it in the same form; a long one comes in parts, of which the object is the text that the
 * store keeps anyway.
 */

import type { ResourceRequest } from "../context.ts";
import { partialObject, type TableOptions, tableOf } from "../kinds/table/index.ts";
import type { WatchEvent } from "../reads/index.ts";
import type { StoreChange } from "../store/index.ts";
import type { AcceptedForm } from "./negotiation.ts";
import { PIECE_LENGTH } from "./stream-writer.ts";

/** One text, or the parts of a long one. */
export type Line = string | readonly [string, string, string];

export interface LineOptions {
  readonly request: ResourceRequest;
  readonly as: AcceptedForm["as"];
  readonly includeObject: TableOptions["includeObject"];
  readonly nowMs: () => number;
}

export class LineMaker {
  readonly #options: LineOptions;
  #columnsSent = false;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  lineOf(event: WatchEvent): Line {
    if (event.type === "ERROR") return line("ERROR", JSON.stringify(event.status));
    switch (this.#options.as) {
      case "objects":
        return sharedLine(this.#options.request, event);
      case "metadata":
      case "metadata-list":
        return line(event.type, JSON.stringify(partialObject(event.view.object)));
      case "table":
        return this.#tableLine(event);
    }
  }

  #tableLine(event: Exclude<WatchEvent, { type: "ERROR" }>): Line {
    const { request, includeObject, nowMs } = this.#options;
    const withColumns = !this.#columnsSent;
    this.#columnsSent = true;
    const { resourceVersion } = event.view.object.metadata;
    const objects = event.type === "BOOKMARK" ? [] : [event.view.object];
    const table = tableOf(request.resource, objects, {
      includeObject,
      nowMs: nowMs(),
      withColumns,
      metadata: { resourceVersion },
    });
    return line(event.type, JSON.stringify(table));
  }
}

function line(type: string, json: string): Line {
  const head = `{"type":"${type}","object":`;
  return json.length < PIECE_LENGTH ? `${head}${json}}\n` : [head, json, "}\n"];
}

/** The last event that was put into words. Watchers are served one after another, so one is enough. */
let last: { change: StoreChange; type: string; resource: object; text: string } | undefined;

function sharedLine(request: ResourceRequest, event: Exclude<WatchEvent, { type: "ERROR" }>): Line {
  const change = event.type === "BOOKMARK" ? undefined : event.change;
  if (change === undefined) return line(event.type, event.view.json());
  if (last?.change === change && last.type === event.type && last.resource === request.resource)
    return last.text;
  const text = line(event.type, event.view.json());
  if (typeof text === "string") last = { change, type: event.type, resource: request.resource, text };
  return text;
}
