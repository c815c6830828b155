/** `/api`, `/apis`, `/openapi`, `/version`: documents that change only when the served kinds do. */
import { createHash } from "node:crypto";
import { apiVersionOf, type Registry } from "../kinds/registry.ts";
import {
  aggregated,
  apiGroup,
  coreVersions,
  encodeOpenApiV2,
  groupList,
  OpenApiV2Text,
  OpenApiV3,
  openApiV2,
  resourceList,
} from "./discovery/index.ts";
import { parseAccept } from "./negotiation.ts";
import { type Exchange, headersOf, type Sent, sendBody, sendPieces, sendText } from "./respond.ts";

/** The Kubernetes version whose behaviour this server follows. */
export const VERSION = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.2+plexaubnet",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "2026-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "node",
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
} as const;

/** Followed by `@v1.0+protobuf` in requests, and by `.v1.0+protobuf` in answers. */
const OPENAPI_V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2";

/** A document above this size is created again for each request. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/** The document is on its way. */
interface Answered {
  readonly sent: Sent;
}

export class DiscoveryHandler {
  readonly #registry: Registry;
  readonly #serverAddress: string;
  #generation = -1;
  #texts = new Map<string, string>();
  readonly #openApiV2Text = new OpenApiV2Text(VERSION.gitVersion);
  readonly #openApi = new OpenApiV3(VERSION.gitVersion);
  /** OpenAPI v2 in protobuf, where that is not large. */
  #packedV2: Buffer | undefined;

  constructor(registry: Registry, serverAddress: string) {
    this.#registry = registry;
    this.#serverAddress = serverAddress;
  }

  /** Every path that answers a GET, for `/`. */
  paths(): readonly string[] {
    const groupVersions = this.#registry.all().map((resource) => {
      const { group, version } = resource;
      return group === "" ? [`/api/${version}`] : [`/apis/${group}`, `/apis/${group}/${version}`];
    });
    const fixed = [
      "/api",
      "/apis",
      "/healthz",
      "/livez",
      "/metrics",
      "/openapi/v2",
      "/openapi/v3",
      "/readyz",
      "/version",
    ];
    return [...new Set([...fixed, ...groupVersions.flat()])].sort();
  }

  /** Undefined: the path is not one of these. */
  handle(exchange: Exchange, path: string): Answered | undefined {
    if (this.#generation !== this.#registry.generation) {
      this.#generation = this.#registry.generation;
      this.#texts.clear();
      this.#openApi.serve(this.#registry.all());
      this.#packedV2 = undefined;
    }
    if (path === "/openapi/v2") return this.#openApiV2(exchange);
    if (path.startsWith("/openapi/v3")) return this.#openApiV3(exchange, path);
    const aggregate = path === "/api" || path === "/apis" ? this.#aggregated(exchange, path) : undefined;
    if (aggregate !== undefined) return aggregate;
    const text = this.#text(path, () => this.#document(path));
    return text === undefined ? undefined : { sent: sendText(exchange, 200, text) };
  }

  #text(key: string, make: () => object | undefined): string | undefined {
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const document = make();
    if (document === undefined) return undefined;
    const text = JSON.stringify(document);
    this.#texts.set(key, text);
    return text;
  }

  #document(path: string): object | undefined {
    const all = this.#registry.all();
    const [, root, group, version, more] = path.split("/");
    if (path === "/api") return coreVersions(this.#serverAddress);
    if (path === "/apis") return groupList(all);
    if (root === "api" && group === "v1" && version === undefined) {
      return resourceList(
        all.filter((resource) => resource.group === ""),
        "v1",
      );
    }
    if (root !== "apis" || group === undefined || group === "" || more !== undefined) return undefined;
    const members = all.filter((resource) => resource.group === group);
    if (members.length === 0) return undefined;
    if (version === undefined) return apiGroup(all, group);
    const served = members.filter((resource) => resource.version === version);
    return served.length === 0 ? undefined : resourceList(served, apiVersionOf({ group, version }));
  }

  #aggregated(exchange: Exchange, path: string): Answered | undefined {
    const wanted = parseAccept(String(exchange.request.headers.accept ?? ""))
      .filter(({ parameters }) => parameters.get("g") === "apidiscovery.k8s.io")
      .map(({ parameters }) => parameters.get("v") ?? "")
      .find((version) => version === "v2" || version === "v2beta1");
    if (wanted === undefined) return undefined;
    const root = path === "/api" ? "api" : "apis";
    const make = () => aggregated(this.#registry.all(), `apidiscovery.k8s.io/${wanted}`, root);
    const text = this.#text(`${path} ${wanted}`, make) as string;
    const etag = `"${createHash("sha256").update(text).digest("hex")}"`;
    const type = `application/json;g=apidiscovery.k8s.io;v=${wanted};as=APIGroupDiscoveryList`;
    if (exchange.request.headers["if-none-match"] === etag) return notModified(exchange, etag, type);
    return { sent: sendText(exchange, 200, text, { "content-type": type, etag, vary: "Accept" }) };
  }

  #openApiV2(exchange: Exchange): Answered {
    const all = this.#registry.all();
    const accepted = parseAccept(String(exchange.request.headers.accept ?? ""));
    if (!accepted.some(({ type }) => type.startsWith(OPENAPI_V2_PROTOBUF))) {
      return { sent: sendPieces(exchange, 200, this.#openApiV2Text.pieces(all)) };
    }
    const packed = this.#packedV2 ?? encodeOpenApiV2(openApiV2(all, VERSION.gitVersion));
    if (packed.length <= MAX_KEPT_BYTES) this.#packedV2 = packed;
    const headers = headersOf(exchange, `${OPENAPI_V2_PROTOBUF}.v1.0+protobuf`);
    return { sent: sendBody(exchange, 200, packed, headers) };
  }

  #openApiV3(exchange: Exchange, path: string): Answered | undefined {
    if (path === "/openapi/v3" || path === "/openapi/v3/") {
      return { sent: sendText(exchange, 200, JSON.stringify(this.#openApi.index())) };
    }
    const document = this.#openApi.document(path.slice("/openapi/v3/".length));
    if (document === undefined) return undefined;
    const etag = `"${document.hash}"`;
    if (exchange.request.headers["if-none-match"] === etag)
      return notModified(exchange, etag, "application/json");
    return { sent: sendPieces(exchange, 200, document.pieces(), { etag, vary: "Accept" }) };
  }
}

/** Caches take over the headers of a 304, so it must not name another content type than the 200 did. */
function notModified(exchange: Exchange, etag: string, contentType: string): Answered {
  exchange.response.writeHead(304, { ...headersOf(exchange, contentType), etag, vary: "Accept" });
  exchange.response.end();
  return { sent: undefined };
}
