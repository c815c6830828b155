/** Who looks, and with which rights. */
import { GROUP, SUBNET_CLAIMS } from "../../api/index.ts";
import type { KubeClient } from "../../client/index.ts";
import type { Clock } from "../../kernel/index.ts";
import {
  type AnyObject,
  type Resource,
  SELF_SUBJECT_ACCESS_REVIEWS,
  SELF_SUBJECT_REVIEWS,
} from "../../kube/index.ts";
import { ExpiringCache } from "../../operator/index.ts";

export type Sees = (namespace: string) => boolean;

export interface Viewer {
  /** With the credentials of the viewer. */
  readonly client: KubeClient;
  /** As the API server names it. Undefined: it does not answer. */
  userName(): Promise<string | undefined>;
  /** Rejects with a {@link BusyError} when too many ask, and with a {@link SessionEndedError} when the credentials are void. */
  sees(): Promise<Sees>;
  mayCreateClaims(namespace: string): Promise<boolean>;
}

/** The API server is not asked now, since too many ask. */
export class BusyError extends Error {}

/** The API server does not know the token of the session any more. */
export class SessionEndedError extends Error {}

const RIGHT_FOR_MS = 30_000;
const MOST_ANSWERS = 1_024;

/** Asks the API server what the credentials of a client allow, and remembers it for a moment. */
export class OwnRights {
  readonly #client: KubeClient;
  readonly #answers: ExpiringCache<boolean>;
  #userName: string | undefined;

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client;
    this.#answers = new ExpiringCache(clock, MOST_ANSWERS);
  }

  /** False, too, where the API server does not answer: a button less. */
  async may(verb: string, resource: string, namespace: string, group: string = GROUP): Promise<boolean> {
    const key = `${verb} ${group} ${resource} ${namespace}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    try {
      const spec = { resourceAttributes: { verb, group, resource, namespace } };
      const status = await this.#ask<{ readonly allowed?: boolean }>(SELF_SUBJECT_ACCESS_REVIEWS, { spec });
      const isAllowed = status?.allowed === true;
      this.#answers.set(key, isAllowed, RIGHT_FOR_MS);
      return isAllowed;
    } catch {
      return false;
    }
  }

  mayCreateClaims(namespace: string): Promise<boolean> {
    return this.may("create", SUBNET_CLAIMS.plural, namespace);
  }

  /** Undefined, too, where the API server does not answer. */
  async userName(): Promise<string | undefined> {
    if (this.#userName !== undefined) return this.#userName;
    try {
      const status = await this.#ask<{ readonly userInfo?: { readonly username?: string } }>(
        SELF_SUBJECT_REVIEWS,
        {},
      );
      this.#userName = status?.userInfo?.username;
      return this.#userName;
    } catch {
      return undefined;
    }
  }

  async #ask<T>(resource: Resource<AnyObject>, fields: object): Promise<T | undefined> {
    const apiVersion = `${resource.group}/${resource.version}`;
    const metadata = {} as AnyObject["metadata"];
    const answer = await this.#client.create(resource, {
      apiVersion,
      kind: resource.kind,
      metadata,
      ...fields,
    });
    return answer.status as T | undefined;
  }
}

/** Each session has the rights of the user who started the console. What the caches have is what that user may list. */
export function callerViewer(client: KubeClient, clock: Clock): Viewer {
  const rights = new OwnRights(client, clock);
  return {
    client,
    userName: () => rights.userName(),
    sees: async () => () => true,
    mayCreateClaims: (namespace) => rights.mayCreateClaims(namespace),
  };
}
