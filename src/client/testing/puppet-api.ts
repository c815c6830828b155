/** A server in this process that does nothing on its own: the in-process counterpart of `puppet-server.ts`. */
import type { AnswerTaker, InProcessApi, InProcessEvent, InProcessRequest } from "../../kube/in-process.ts";

const JSON_TYPE = { "content-type": "application/json" };

type Step = { readonly event: InProcessEvent } | "end" | "cut";

/** One call, and the strings to move its answer. */
export class PuppetCall {
  readonly request: InProcessRequest;
  readonly url: URL;
  readonly #taker: AnswerTaker;
  readonly #gone = Promise.withResolvers<void>();
  readonly #steps: Step[] = [];
  #wake = Promise.withResolvers<void>();

  constructor(request: InProcessRequest, taker: AnswerTaker) {
    this.request = request;
    this.url = new URL(request.path, "https://puppet");
    this.#taker = taker;
  }

  get method(): string {
    return this.request.method;
  }

  get body(): string {
    return this.request.body === undefined ? "" : JSON.stringify(this.request.body);
  }

  /** Resolves when the client waits no longer. */
  get closed(): Promise<void> {
    return this.#gone.promise;
  }

  leave(): void {
    this.#gone.resolve();
  }

  json(code: number, value: unknown, headers: Record<string, string> = {}): void {
    this.#taker.answered({ code, headers: { ...JSON_TYPE, ...headers }, value, text: "" });
  }

  status(code: number, reason: string, headers: Record<string, string> = {}, more: object = {}): void {
    const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason };
    const text = JSON.stringify({ ...status, message: `refused: ${reason}`, ...more });
    this.#taker.answered({ code, headers: { ...JSON_TYPE, ...headers }, value: undefined, text });
  }

  text(code: number, contentType: string, text: string): void {
    this.#taker.answered({ code, headers: { "content-type": contentType }, value: undefined, text });
  }

  /** Accepts a watch. */
  begin(): void {
    this.#taker.opened({ next: () => this.#next(), close: () => this.leave() });
  }

  async event(type: string, object: object): Promise<void> {
    this.#push({ event: { type, object } as InProcessEvent });
  }

  /** Ends a watch. */
  end(): void {
    this.#push("end");
  }

  /** As the end of a connection. */
  cut(): void {
    this.#push("cut");
    this.#taker.failed("the puppet was cut", true);
  }

  #push(step: Step): void {
    this.#steps.push(step);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  async #next(): Promise<InProcessEvent | undefined> {
    for (;;) {
      const step = this.#steps.shift();
      if (step === "cut") throw new Error("the puppet was cut");
      if (step === "end") return undefined;
      if (step !== undefined) return step.event;
      await Promise.race([this.#wake.promise, this.#gone.promise]);
      if (this.#steps.length === 0) return undefined;
    }
  }
}

export class PuppetApi implements InProcessApi {
  readonly name = "the puppet";
  readonly #arrived: PuppetCall[] = [];
  readonly #takers: ((call: PuppetCall) => void)[] = [];

  call(request: InProcessRequest, taker: AnswerTaker) {
    const call = new PuppetCall(request, taker);
    const waiting = this.#takers.shift();
    if (waiting === undefined) this.#arrived.push(call);
    else waiting(call);
    return { abort: () => call.leave() };
  }

  next(): Promise<PuppetCall> {
    const call = this.#arrived.shift();
    if (call !== undefined) return Promise.resolve(call);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  get untaken(): number {
    return this.#arrived.length;
  }
}
