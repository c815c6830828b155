import type { RawWatchEvent } from "./client.ts";
import { LostAnswerError } from "./errors.ts";
import type { HttpStream } from "./stream-exchange.ts";

const TYPES = new Set(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]);

/** The events of a watch whose lines need not be parsed. As {@link HttpStream}. */
export interface EventStream {
  next(): Promise<RawWatchEvent | undefined>;
  close(): void;
}

/**
 * The lines of a watch, parsed one at a time as they are taken. A line that is no event means that the stream was
 * cut or garbled: that is a lost answer, as nothing after it can be trusted.
 */
export function watchEvents(stream: HttpStream | EventStream): AsyncIterable<RawWatchEvent> {
  const iterator: AsyncIterator<RawWatchEvent> = {
    next: async () => {
      const line = await stream.next();
      if (line === undefined) return { done: true, value: undefined };
      try {
        return { done: false, value: typeof line === "string" ? parseEvent(line) : line };
      } catch (error) {
        stream.close();
        throw error;
      }
    },
    return: async () => {
      stream.close();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

function parseEvent(line: string): RawWatchEvent {
  let event: RawWatchEvent;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new LostAnswerError(`a line of a watch is not JSON: ${excerpt(line)}`, cause);
  }
  if (!TYPES.has(event?.type) || typeof event.object !== "object" || event.object === null) {
    throw new LostAnswerError(`a line of a watch is not an event: ${excerpt(line)}`);
  }
  return event;
}

/** Enough to recognise a proxy's error page; too little to give a secret away. */
function excerpt(line: string): string {
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
}
