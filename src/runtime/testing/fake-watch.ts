import type { RawWatchEvent } from "../../client/index.ts";

/**
 * One open watch, of the fake API and of the scripted client: what is pushed comes out in order, until it
 * ends. What the embedded server cannot play: an event that is held back while others pass, and one that
 * comes in the turn in which it is pushed.
 */
export class FakeWatch implements AsyncIterable<RawWatchEvent> {
  readonly kind: string;
  readonly #namespace: string | undefined;
  readonly #events: RawWatchEvent[] = [];
  #held = false;
  #ended = false;
  #reason: Error | undefined;
  #wake: (() => void) | undefined;
  onEnd: () => void = () => {};

  constructor(kind: string, namespace: string | undefined) {
    this.kind = kind;
    this.#namespace = namespace;
  }

  push(event: RawWatchEvent): void {
    if (this.#namespace !== undefined && event.object.metadata.namespace !== this.#namespace) return;
    this.#events.push(structuredClone(event));
    this.#wake?.();
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#wake?.();
  }

  end(reason?: Error): void {
    this.#ended = true;
    this.#reason = reason;
    this.onEnd();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<RawWatchEvent> {
    for (;;) {
      const event = this.#held ? undefined : this.#events.shift();
      if (event !== undefined) yield event;
      else if (this.#ended && this.#reason !== undefined) throw this.#reason;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
