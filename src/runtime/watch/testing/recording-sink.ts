import type { AnyObject } from "../../../kube/index.ts";
import type { WatchEvent } from "../../flow.ts";
import type { ReflectorSink } from "../sink.ts";

/** Keeps a line for each call: `= 5 a,b` for a list at revision 5, `+ a@6`, `~ a@7`, `- a@8`, `. 9` for a bookmark. */
export class RecordingSink implements ReflectorSink<AnyObject> {
  readonly lines: string[] = [];
  readonly objects = new Map<string, AnyObject>();
  /** Called before each call counts; what it throws, the sink throws. */
  onCall: () => void = () => {};
  #wake: (() => void) | undefined;

  replace(items: readonly AnyObject[], resourceVersion: string): void {
    this.onCall();
    this.objects.clear();
    for (const item of items) this.objects.set(item.metadata.name, item);
    this.#record(`= ${resourceVersion} ${items.map((item) => item.metadata.name).join(",")}`.trim());
  }

  apply(event: WatchEvent<AnyObject>): void {
    this.onCall();
    if (event.type === "BOOKMARK") {
      this.#record(`. ${event.resourceVersion}`);
      return;
    }
    const { name, resourceVersion } = event.object.metadata;
    if (event.type === "DELETED") this.objects.delete(name);
    else this.objects.set(name, event.object);
    this.#record(`${{ ADDED: "+", MODIFIED: "~", DELETED: "-" }[event.type]} ${name}@${resourceVersion}`);
  }

  /** Resolves with all lines once there are `count` of them. */
  async until(count: number): Promise<readonly string[]> {
    while (this.lines.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.lines;
  }

  #record(line: string): void {
    this.lines.push(line);
    this.#wake?.();
  }
}
