/** Objects and lists in the form that the client asked for: whole, as a table, or as metadata alone. */

import { defined } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import { apiVersionOf } from "../kinds/registry.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { partialObject, type TableOptions, tableOf, tableText } from "../kinds/table/index.ts";
import type { ListAnswer, View } from "../reads/index.ts";
import { StatusError } from "../status-error.ts";
import type { InProcessPart } from "./arrival.ts";
import { readIncludeObject } from "./include-object.ts";
import {
  type Exchange,
  hasAnswer,
  headersOf,
  type Sent,
  sendObject,
  sendPieces,
  sendShared,
} from "./respond.ts";

/** What is answered: the request as it came in, and as it was understood. */
export interface Answered {
  readonly server: ServerContext;
  readonly request: ResourceRequest;
  readonly exchange: Exchange;
}

export function sendView(answered: Answered, code: number, view: View): Sent {
  const { request, exchange } = answered;
  const { as } = exchange.form;
  if (as === "objects") return sendShared(exchange, code, view);
  if (as === "metadata") return sendObject(exchange, code, partialObject(view.object));
  if (as === "metadata-list") throw notInThisForm("PartialObjectMetadataList", "is not a list");
  const { resourceVersion } = view.object.metadata;
  const options = tableOptions(answered, { resourceVersion });
  return sendObject(exchange, code, tableOf(request.resource, [view.object], options));
}

function tableOptions({ server, request }: Answered, metadata: object): TableOptions {
  return {
    includeObject: readIncludeObject(request.query),
    nowMs: server.kernel.clock.now(),
    withColumns: true,
    metadata,
  };
}

export function sendList(answered: Answered, answer: ListAnswer): Promise<void> {
  const { exchange } = answered;
  const { resource } = answered.request;
  const metadata = {
    resourceVersion: String(answer.revision),
    ...continuation(resource, answer, exchange.form.as === "objects"),
    ...defined({ remainingItemCount: answer.remaining }),
  };
  switch (exchange.form.as) {
    case "table": {
      const options = tableOptions(answered, metadata);
      return sendPieces(exchange, 200, tableText(resource, objectsOf(answer), options));
    }
    case "metadata":
      throw notInThisForm("PartialObjectMetadata", "is a list");
    case "metadata-list": {
      const head = { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata };
      const texts = (view: View) => JSON.stringify(partialObject(view.object));
      return sendPieces(
        exchange,
        200,
        listText(head, answer.items, (view) => [texts(view)]),
      );
    }
    case "objects": {
      const head = { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata };
      if (exchange.inProcess !== undefined) return handList(exchange, exchange.inProcess, head, answer.items);
      const texts = resource.builtin ? untypedTexts(resource) : (view: View) => [view.json()];
      return sendPieces(exchange, 200, listText(head, answer.items, texts));
    }
  }
}

/** The objects themselves, for a client in this process. */
async function handList(
  exchange: Exchange,
  inProcess: InProcessPart,
  head: object,
  views: readonly View[],
): Promise<void> {
  const { response, ticket } = exchange;
  const items: AnyObject[] = [];
  for (const view of views) {
    const turn = ticket.giveWay();
    if (turn !== undefined) await turn;
    items.push(view.shared());
  }
  if (hasAnswer(response)) return;
  response.writeHead(200, headersOf(exchange, "application/json"));
  inProcess.hand({ ...head, items });
}

/** Lists of custom objects say of the last page, too, that nothing follows. */
function continuation(
  { builtin }: ServedResource,
  answer: ListAnswer,
  areObjects: boolean,
): { readonly continue?: string } {
  if (answer.continue !== undefined) return { continue: answer.continue };
  return builtin || !areObjects ? {} : { continue: "" };
}

function notInThisForm(form: string, why: string): StatusError {
  const message = `${form} was asked for, but the answer ${why}: accept another form`;
  return new StatusError(406, "NotAcceptable", message);
}

/** Items in a list of a built-in kind do not repeat what they are. */
function untypedTexts(resource: ServedResource): (view: View) => readonly string[] {
  // As a rule they come first, and the rest is taken as it is: a part of the text that all who are sent it share.
  const head = `{"apiVersion":${JSON.stringify(apiVersionOf(resource))},"kind":${JSON.stringify(resource.kind)},`;
  return (view) => {
    const text = view.json();
    if (text.startsWith(head)) return ["{", text.slice(head.length)];
    const { apiVersion: _, kind: __, ...rest } = view.object;
    return [JSON.stringify(rest)];
  };
}

function* objectsOf({ items }: ListAnswer) {
  for (const { object } of items) yield object;
}

function* listText(
  head: object,
  items: readonly View[],
  texts: (view: View) => readonly string[],
): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"items":[`;
  for (let i = 0; i < items.length; i++) {
    if (i > 0) yield ",";
    yield* texts(items[i] as View);
  }
  yield "]}\n";
}
