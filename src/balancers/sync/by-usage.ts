/** Things by the load balancer that they are of. Of 100,000 a key of text for each would cost more than all the rest. */
import type { LoadBalancer } from "./metallb.ts";

/** What identifies a usage on both sides. */
export type Identity = Pick<LoadBalancer, "ip" | "serviceUid">;

/** Of several that are of the same load balancer it keeps the last. */
export class ByUsage<T extends Identity> {
  /** Nearly every Service has one address. */
  readonly #ofService = new Map<string, T | Map<string, T>>();

  constructor(items: Iterable<T> = []) {
    for (const item of items) this.add(item);
  }

  get({ serviceUid, ip }: Identity): T | undefined {
    const found = this.#ofService.get(serviceUid);
    if (found instanceof Map) return found.get(ip);
    return found?.ip === ip ? found : undefined;
  }

  has(of: Identity): boolean {
    return this.get(of) !== undefined;
  }

  add(item: T): void {
    const there = this.#ofService.get(item.serviceUid);
    if (there instanceof Map) there.set(item.ip, item);
    else if (there === undefined || there.ip === item.ip) this.#ofService.set(item.serviceUid, item);
    else {
      const several = new Map([
        [there.ip, there],
        [item.ip, item],
      ]);
      this.#ofService.set(item.serviceUid, several);
    }
  }
}
