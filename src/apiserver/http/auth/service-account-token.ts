/**
 * Tokens of service accounts: JWTs (RFC 7519, ES256), signed by this server, good for their audiences until they
 * expire, or until the account or the object that they are bound to goes (KEP-1205).
 */
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { err, type Kernel, ok, type Result } from "../../../kernel/index.ts";
import type { Store } from "../../store/index.ts";
import type { ServerIdentity } from "./identity.ts";
import { accountGroups, accountUsername } from "./service-account-name.ts";
import type { Authenticated } from "./token-audience.ts";

export const ISSUER = "https://kubernetes.default.svc";
const HEADER = encode({ alg: "ES256", typ: "JWT" });

/** What a token may be bound to, by kind. Kinds that are not served cannot be looked up. */
export const BOUND_KINDS = { Pod: "pods", Secret: "secrets", Node: "nodes" } as const;
type BoundKind = keyof typeof BOUND_KINDS;

export interface BoundObject {
  readonly kind: BoundKind;
  readonly name: string;
  readonly uid: string;
}

export interface ServiceAccountClaims {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundTo?: BoundObject;
}

interface NamedUid {
  readonly name: string;
  readonly uid: string;
}

interface Payload {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly nbf: number;
  readonly jti: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: NamedUid;
    readonly pod?: NamedUid;
    readonly secret?: NamedUid;
    readonly node?: NamedUid;
  };
}

/** Clocks that tick beside each other, or were set back a little. */
const LEEWAY_SECONDS = 60;

/** Tokens. Each takes about a kilobyte. */
const MOST_REMEMBERED = 1_000;

export class ServiceAccountTokens {
  readonly #privateKey;
  readonly #publicKey;
  readonly #kernel: Kernel;
  readonly #store: Store;
  /** Payloads of tokens with a valid signature. Whether they are good at the moment is asked each time. */
  readonly #signed = new Map<string, Payload>();

  constructor(identity: Pick<ServerIdentity, "serviceAccountKey">, kernel: Kernel, store: Store) {
    this.#privateKey = createPrivateKey(identity.serviceAccountKey);
    this.#publicKey = createPublicKey(this.#privateKey);
    this.#kernel = kernel;
    this.#store = store;
  }

  issue(claims: ServiceAccountClaims): { readonly token: string; readonly expiresMs: number } {
    const now = Math.floor(this.#kernel.clock.now() / 1000);
    const exp = now + claims.expirationSeconds;
    const { namespace, name, uid, boundTo } = claims;
    const bound =
      boundTo === undefined ? {} : { [boundTo.kind.toLowerCase()]: { name: boundTo.name, uid: boundTo.uid } };
    const payload: Payload & { iat: number } = {
      iss: ISSUER,
      sub: accountUsername({ namespace, name }),
      aud: claims.audiences,
      iat: now,
      nbf: now,
      exp,
      jti: this.#kernel.random.uuid(),
      "kubernetes.io": { namespace, serviceaccount: { name, uid }, ...bound },
    };
    const signed = `${HEADER}.${encode(payload)}`;
    const key = { key: this.#privateKey, dsaEncoding: "ieee-p1363" } as const;
    const signature = sign("sha256", Buffer.from(signed), key).toString("base64url");
    return { token: `${signed}.${signature}`, expiresMs: exp * 1000 };
  }

  /** The error describes the problem, without the token. */
  verify(token: string): Result<Authenticated, string> {
    const payload = this.#signedPayload(token);
    if (payload === undefined) return err("invalid bearer token");
    const nowSeconds = this.#kernel.clock.now() / 1000;
    if (!(payload.exp > nowSeconds)) return err("the token has expired");
    if (!(payload.nbf <= nowSeconds + LEEWAY_SECONDS)) return err("the token is not valid yet");
    const gone = this.#goneParty(payload);
    if (gone !== undefined) return err(`the token is not valid any more: its ${gone} was deleted`);
    const { namespace, serviceaccount } = payload["kubernetes.io"];
    const user = {
      username: payload.sub,
      uid: serviceaccount.uid,
      groups: [...accountGroups(namespace), "system:authenticated"],
      extra: extraOf(payload),
    };
    return ok({ user, audiences: payload.aud });
  }

  /** What was found is kept for a while: to verify a signature is half of the work of a small request. */
  #signedPayload(token: string): Payload | undefined {
    const known = this.#signed.get(token);
    if (known !== undefined) return known;
    const payload = this.#verifiedPayload(token);
    if (payload === undefined) return undefined;
    if (this.#signed.size >= MOST_REMEMBERED) this.#signed.clear();
    this.#signed.set(token, payload);
    return payload;
  }

  #verifiedPayload(token: string): Payload | undefined {
    const [header, body, signature, ...more] = token.split(".", 4);
    if (header !== HEADER || body === undefined || signature === undefined || more.length > 0)
      return undefined;
    const key = { key: this.#publicKey, dsaEncoding: "ieee-p1363" } as const;
    const bytes = Buffer.from(signature, "base64url");
    // One text for one token: Node's decoder skips characters that are not base64url.
    if (bytes.toString("base64url") !== signature) return undefined;
    if (!verify("sha256", Buffer.from(`${header}.${body}`), key, bytes)) return undefined;
    return JSON.parse(Buffer.from(body, "base64url").toString()) as Payload;
  }

  /** What of those that the token depends on is not there any more, or another one of that name. */
  #goneParty(payload: Payload): string | undefined {
    const { namespace, serviceaccount, pod, secret, node } = payload["kubernetes.io"];
    const parties = [
      ["service account", "serviceaccounts", namespace, serviceaccount],
      ["pod", BOUND_KINDS.Pod, namespace, pod],
      ["secret", BOUND_KINDS.Secret, namespace, secret],
      ["node", BOUND_KINDS.Node, "", node],
    ] as const;
    const gone = parties.find(([, kind, where, party]) => {
      if (party === undefined) return false;
      const stored = this.#store.get({ kind, namespace: where, name: party.name })?.object;
      return stored?.metadata.uid !== party.uid || this.#isGoing(stored.metadata.deletionTimestamp);
    });
    return gone?.[0];
  }

  /** As kube-apiserver: what is being deleted is good for a minute more, so that it can end in order. */
  #isGoing(deletionTimestamp: string | undefined): boolean {
    if (deletionTimestamp === undefined) return false;
    return Date.parse(deletionTimestamp) + LEEWAY_SECONDS * 1000 < this.#kernel.clock.now();
  }
}

function extraOf(payload: Payload): Readonly<Record<string, readonly string[]>> {
  const { pod, node } = payload["kubernetes.io"];
  const of = (kind: string, party: NamedUid | undefined) =>
    party === undefined
      ? {}
      : {
          [`authentication.kubernetes.io/${kind}-name`]: [party.name],
          [`authentication.kubernetes.io/${kind}-uid`]: [party.uid],
        };
  return {
    "authentication.kubernetes.io/credential-id": [`JTI=${payload.jti}`],
    ...of("node", node),
    ...of("pod", pod),
  };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
