/**
 * The files of the page, as they were built. They are read once: what is served does not depend on what a path of a request
 * looks like.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { sendPage } from "./respond.ts";

/** Of the checkout and of the package alike. */
export const PAGE_FOLDER = fileURLToPath(new URL("../../../console/dist", import.meta.url));

const NOT_BUILT = "The console is not built: run npm run build:console.";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
};

/** Made when the page is built, the smallest first. */
const ENCODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  readonly encoded: ReadonlyMap<string, Buffer>;
  /** Its name has a hash of its content. */
  readonly isImmutable: boolean;
}

export class StaticFiles {
  readonly #files = new Map<string, StaticFile>();

  constructor(folder = PAGE_FOLDER) {
    if (!existsSync(join(folder, "index.html"))) return;
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = `/${relative(folder, file).split(sep).join("/")}`;
      const encoded = new Map<string, Buffer>();
      for (const [encoding, suffix] of ENCODINGS) {
        if (existsSync(`${file}${suffix}`)) encoded.set(encoding, readFileSync(`${file}${suffix}`));
      }
      this.#files.set(path, {
        type,
        body: readFileSync(file),
        encoded,
        isImmutable: path.startsWith("/assets/"),
      });
    }
  }

  /** The file of the path; for every other path the page itself, which knows what to show there. */
  send(request: IncomingMessage, response: ServerResponse, path: string): void {
    const file =
      this.#files.get(path) ?? (path.startsWith("/assets/") ? undefined : this.#files.get("/index.html"));
    if (file === undefined) {
      if (this.#files.size === 0) sendPage(response, 503, "Plexaubnet", NOT_BUILT);
      else sendPage(response, 404, "Plexaubnet", `There is no file ${path}: load the page again.`);
      return;
    }
    const accepted = String(request.headers["accept-encoding"] ?? "").toLowerCase();
    const encoding = [...file.encoded.keys()].find((each) => new RegExp(`\\b${each}\\b`).test(accepted));
    const body = (encoding === undefined ? undefined : file.encoded.get(encoding)) ?? file.body;
    response.writeHead(200, {
      "content-type": file.type,
      "content-length": body.length,
      "cache-control": file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
      vary: "accept-encoding",
      ...(encoding !== undefined && { "content-encoding": encoding }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }
}
