/**
 * Distinguishes a pool's status that PoolStatus wrote from one that another client wrote. The watch shows a write before its answer
 * comes as often as after it, so that a revision is known too late: it is what was to be written that is remembered.
 */
import type { SubnetPool } from "../../api/index.ts";
import { keyOf, type Predicate } from "../../runtime/index.ts";
import { mergePatchBetween, patched } from "../decide/status-patch.ts";

type Fields = Readonly<Record<string, unknown>>;

export class OwnStatuses {
  /** By the key of the pool: the status as it was last written, or found to be right. */
  readonly #known = new Map<string, Fields>();

  /** This patch of the pool's status is on its way. To be forgotten when it fails. */
  writing(pool: SubnetPool, patch: object): void {
    this.#known.set(keyFor(pool), patched(pool.status, patch));
  }

  /** The status is correct, whichever client wrote it. */
  accept(pool: SubnetPool): void {
    this.#known.set(keyFor(pool), pool.status ?? {});
  }

  forget(key: string): void {
    this.#known.delete(key);
  }

  /** Another client overwrote a status that is known to be correct. False while nothing is known. */
  isContested(pool: SubnetPool): boolean {
    const known = this.#known.get(keyFor(pool));
    return known !== undefined && !same(known, pool.status);
  }

  /** Passes changes of the status that PoolStatus has not made, or knows nothing about. */
  readonly foreign: Predicate<SubnetPool> = (delta) => {
    if (delta.type !== "updated" || delta.old.status === delta.new.status) return false;
    const known = this.#known.get(keyFor(delta.new));
    return known === undefined || !same(known, delta.new.status);
  };
}

function keyFor({ metadata: { namespace, name } }: SubnetPool): string {
  return keyOf({ namespace, name });
}

function same(known: Fields, status: object | undefined): boolean {
  return mergePatchBetween(status as Fields | undefined, known) === undefined;
}
