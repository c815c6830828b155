/** Tokens of service accounts: JWTs (RFC 7519, ES256), signed by this server, good until they expire or the account goes. */
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import type { Kernel } from "../../kernel/index.ts";
import type { Store } from "../store/index.ts";
import type { User } from "../verbs/index.ts";
import type { ServerIdentity } from "./identity.ts";

export const ISSUER = "https://kubernetes.default.svc";
const HEADER = encode({ alg: "ES256", typ: "JWT" });

export interface ServiceAccountClaims {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
}

interface Payload {
  readonly iss: string;
  readonly sub: string;
  readonly exp: number;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
  };
}

export class ServiceAccountTokens {
  readonly #privateKey;
  readonly #publicKey;
  readonly #kernel: Kernel;
  readonly #store: Store;

  constructor(identity: Pick<ServerIdentity, "serviceAccountKey">, kernel: Kernel, store: Store) {
    this.#privateKey = createPrivateKey(identity.serviceAccountKey);
    this.#publicKey = createPublicKey(this.#privateKey);
    this.#kernel = kernel;
    this.#store = store;
  }

  issue(claims: ServiceAccountClaims): { readonly token: string; readonly expiresMs: number } {
    const now = Math.floor(this.#kernel.clock.now() / 1000);
    const exp = now + claims.expirationSeconds;
    const { namespace, name, uid } = claims;
    const payload = {
      iss: ISSUER,
      sub: `system:serviceaccount:${namespace}:${name}`,
      aud: claims.audiences.length === 0 ? [ISSUER] : claims.audiences,
      iat: now,
      nbf: now,
      exp,
      jti: this.#kernel.random.uuid(),
      "kubernetes.io": { namespace, serviceaccount: { name, uid } },
    };
    const signed = `${HEADER}.${encode(payload)}`;
    const key = { key: this.#privateKey, dsaEncoding: "ieee-p1363" } as const;
    const signature = sign("sha256", Buffer.from(signed), key).toString("base64url");
    return { token: `${signed}.${signature}`, expiresMs: exp * 1000 };
  }

  /** Undefined: not signed by this server, expired, or its account is gone. */
  verify(token: string): User | undefined {
    const [header, body, signature, ...more] = token.split(".");
    if (header !== HEADER || body === undefined || signature === undefined || more.length > 0)
      return undefined;
    const key = { key: this.#publicKey, dsaEncoding: "ieee-p1363" } as const;
    const signed = Buffer.from(`${header}.${body}`);
    if (!verify("sha256", signed, key, Buffer.from(signature, "base64url"))) return undefined;
    const payload = JSON.parse(Buffer.from(body, "base64url").toString()) as Payload;
    if (payload.exp * 1000 <= this.#kernel.clock.now()) return undefined;
    const { namespace, serviceaccount } = payload["kubernetes.io"];
    const account = this.#store.get({ kind: "serviceaccounts", namespace, name: serviceaccount.name });
    if (account?.object.metadata.uid !== serviceaccount.uid) return undefined;
    return {
      username: payload.sub,
      uid: serviceaccount.uid,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
    };
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
