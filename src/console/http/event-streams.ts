/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock, Timer } from "../../kernel/index.ts";
import type { Sees, Viewer } from "../access/viewer.ts";
import type { ChangeEvent, Connection } from "../answers.ts";
import type { ChangeFeed, Told } from "../live/change-feed.ts";

export interface EventStreamsOptions {
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly connection: () => Connection;
}

export interface StreamOwner {
  readonly viewer: Viewer;
  /** Whether the session still is. */
  readonly isValid: () => boolean;
}

const MOST_STREAMS = 256;
const BEAT_MS = 15_000;
/** A page that does not read is let go, and comes again when it wakes up. */
const MOST_WAITING_BYTES = 1_048_576;
/** After this time it is asked again what the viewer may see. */
const RIGHTS_FOR_MS = 60_000;

export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #open = new Set<ServerResponse>();

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  get isFull(): boolean {
    return this.#open.size >= MOST_STREAMS;
  }

  async serve(request: IncomingMessage, response: ServerResponse, owner: StreamOwner): Promise<void> {
    const { feed, clock, connection } = this.#options;
    let sees = await owner.viewer.sees();
    let seesUntilMs = clock.monotonicMs() + RIGHTS_FOR_MS;
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    this.#open.add(response);
    const lastId = request.headers["last-event-id"];
    const write = (text: string) => {
      if (response.writableLength > MOST_WAITING_BYTES || !owner.isValid()) response.destroy();
      else response.write(text);
    };
    const writeChange = ({ id, event }: Told) => write(eventText("change", seenPart(event, sees), id));
    write("retry: 1000\n\n");
    write(eventText("connection", connection()));
    writeChange(feed.since(typeof lastId === "string" ? lastId : undefined));
    const stopListening = feed.listen({
      change: writeChange,
      connection: (now) => write(eventText("connection", now)),
    });
    const beat = repeat(clock, BEAT_MS, () => {
      write(eventText("beat", {}));
      // Again, for a page that was just reading something older when it changed.
      write(eventText("connection", connection()));
      if (clock.monotonicMs() < seesUntilMs) return;
      seesUntilMs = clock.monotonicMs() + RIGHTS_FOR_MS;
      owner.viewer.sees().then(
        (now) => {
          sees = now;
        },
        () => response.destroy(),
      );
    });
    response.once("close", () => {
      beat();
      stopListening();
      this.#open.delete(response);
    });
  }

  close(): void {
    for (const response of this.#open) response.destroy();
  }
}

function eventText(name: string, data: object, id?: string): string {
  const number = id === undefined ? "" : `id: ${id}\n`;
  return `event: ${name}\n${number}data: ${JSON.stringify(data)}\n\n`;
}

/** What of a change the viewer may know. */
export function seenPart(event: ChangeEvent, sees: Sees): ChangeEvent {
  return {
    ...event,
    pools: event.pools.filter((key) => sees(key.slice(0, key.indexOf("/")))),
    activity: event.activity.filter(({ namespace }) => sees(namespace)),
  };
}

function repeat(clock: Clock, periodMs: number, call: () => void): () => void {
  let timer: Timer;
  const next = () => {
    timer = clock.setTimer(
      periodMs,
      () => {
        next();
        call();
      },
      true,
    );
  };
  next();
  return () => timer.cancel();
}
