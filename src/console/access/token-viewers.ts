/**
 * Viewers with bearer tokens of their own. TokenReview and SubjectAccessReview decide what each of them sees: a namespace
 * whose pools, claims, pool claims and Subnets the user may list. Writes and Events go through a client with the token, so the
 * API server decides about them itself.
 */
import { createHash } from "node:crypto";
import { GROUP, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import { type ClusterConfig, createClient, type KubeClient } from "../../client/index.ts";
import type { Kernel } from "../../kernel/index.ts";
import { AccessReviewer } from "../../operator/index.ts";
import { BusyError, OwnRights, type Sees, SessionEndedError, type Viewer } from "./viewer.ts";

export interface TokenViewersOptions {
  readonly kernel: Kernel;
  /** The API server of the tokens; credentials in it are not used. */
  readonly config: ClusterConfig;
  /** Asks for TokenReviews and SubjectAccessReviews, with rights of the operator. */
  readonly reviewClient: KubeClient;
  /** Namespaces that hold anything that could be seen. */
  readonly namespaces: () => Iterable<string>;
}

export type LoginVerdict = "known" | "unknown" | "busy";

const LISTED = [SUBNET_POOLS, SUBNETS, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS].map(({ plural }) => plural);
const ALL_NAMESPACES = "";

/** A viewer of many namespaces asks about each of them once a minute. */
const LIMITS = {
  atOnce: 8,
  waiting: 256,
  perSecond: 200,
  burst: 1_000,
  perSecondFromOne: 100,
  burstFromOne: 500,
};

/** Clients of the tokens that were used last. */
const MOST_CLIENTS = 64;
const CLIENT_CONNECTIONS = 4;

export class TokenViewers {
  readonly #options: TokenViewersOptions;
  readonly #reviewer: AccessReviewer;
  /** By the SHA-256 of the token, in the order of their use. */
  readonly #viewers = new Map<string, { readonly client: KubeClient; readonly rights: OwnRights }>();

  constructor(options: TokenViewersOptions) {
    this.#options = options;
    const { reviewClient: client, kernel } = options;
    this.#reviewer = new AccessReviewer({ client, clock: kernel.clock, limits: LIMITS });
  }

  async check(token: string, address: string): Promise<LoginVerdict> {
    const verdict = await this.#mayList(token, address, SUBNET_POOLS.plural, ALL_NAMESPACES);
    if (verdict === "busy") return "busy";
    return verdict === "unauthenticated" ? "unknown" : "known";
  }

  viewer(token: string, address: string): Viewer {
    const { client, rights } = this.#clientFor(token);
    return {
      client,
      userName: () => rights.userName(),
      sees: () => this.#sees(token, address),
      mayCreateClaims: (namespace) => rights.mayCreateClaims(namespace),
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#viewers.values()].map(({ client }) => client.close()));
    this.#viewers.clear();
  }

  async #sees(token: string, address: string): Promise<Sees> {
    if (await this.#seesNamespace(token, address, ALL_NAMESPACES)) return () => true;
    const seen = new Set<string>();
    for (const namespace of new Set(this.#options.namespaces())) {
      if (await this.#seesNamespace(token, address, namespace)) seen.add(namespace);
    }
    return (namespace) => seen.has(namespace);
  }

  async #seesNamespace(token: string, address: string, namespace: string): Promise<boolean> {
    for (const resource of LISTED) {
      const verdict = await this.#mayList(token, address, resource, namespace);
      if (verdict === "busy") {
        throw new BusyError("too many ask who may see what: try again in a moment");
      }
      if (verdict === "unauthenticated") {
        throw new SessionEndedError(
          "the API server does not know the token of this session, or it has expired",
        );
      }
      if (verdict !== "allowed") return false;
    }
    return true;
  }

  #mayList(token: string, address: string, resource: string, namespace: string) {
    const resourceAttributes = { verb: "list", group: GROUP, resource, namespace, name: "" };
    return this.#reviewer.review({ token, address }, { resourceAttributes });
  }

  #clientFor(token: string) {
    const key = createHash("sha256").update(token).digest("base64");
    const known = this.#viewers.get(key);
    if (known !== undefined) {
      this.#viewers.delete(key);
      this.#viewers.set(key, known);
      return known;
    }
    const { kernel, config } = this.#options;
    const client = createClient(
      { ...config, auth: { token } },
      { kernel, userAgent: "plexaubnet-console", maxConnections: CLIENT_CONNECTIONS },
    );
    const viewer = { client, rights: new OwnRights(client, kernel.clock) };
    this.#viewers.set(key, viewer);
    const [oldest] = this.#viewers;
    if (this.#viewers.size > MOST_CLIENTS && oldest !== undefined) {
      this.#viewers.delete(oldest[0]);
      void oldest[1].client.close();
    }
    return viewer;
  }
}
