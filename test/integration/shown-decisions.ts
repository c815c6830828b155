/** Every decision that an API shows on its watches, from a moment on: what a history has to contain. */

import type { KubeClient } from "../../src/client/index.ts";
import { decisionsOf } from "../../src/history/decisions.ts";
import { type Facts, FOLLOWED, observe } from "../../src/history/facts.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import type { KubeObject, Resource } from "../../src/kube/index.ts";
import { createLogger, Reflector } from "../../src/runtime/index.ts";

export class ShownDecisions {
  readonly #abort = new AbortController();
  readonly #runs: Promise<void>[] = [];
  readonly #states = new Map<string, Facts>();
  readonly #shown: string[] = [];
  /** Revision of each kind up to which it was seen. */
  readonly #lists: Promise<void>[] = [];

  constructor(client: KubeClient) {
    const logger = createLogger({ clock: systemKernel.clock, level: "silent" });
    for (const resource of FOLLOWED as readonly Resource<KubeObject>[]) {
      const listed = Promise.withResolvers<void>();
      this.#lists.push(listed.promise);
      const sink = {
        replace: (items: readonly KubeObject[]) => {
          for (const item of items) this.#states.set(item.metadata.uid ?? "", observe(item).facts);
          listed.resolve();
        },
        apply: (event: { type: string; object?: KubeObject }) => {
          if (event.object !== undefined) this.#take(event.object, event.type === "DELETED");
        },
      };
      const options = {
        client,
        kernel: systemKernel,
        resource,
        logger,
        sink,
        keepsManagedFields: () => true,
      };
      this.#runs.push(new Reflector<KubeObject>(options).run(this.#abort.signal));
    }
  }

  /** From then on every change is seen. */
  async ready(): Promise<void> {
    await Promise.all(this.#lists);
  }

  /** `uid what revision`, sorted. */
  get all(): readonly string[] {
    return this.#shown.toSorted();
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#runs);
  }

  #take(object: KubeObject, isGone: boolean): void {
    const observed = observe(object);
    const { uid, revision } = observed.facts;
    const found = decisionsOf(this.#states.get(uid), isGone ? undefined : observed);
    for (const { what } of found) this.#shown.push(`${uid} ${what} ${revision}`);
    if (isGone) this.#states.delete(uid);
    else this.#states.set(uid, observed.facts);
  }
}
