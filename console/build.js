/**
 * Builds the page into `console/dist` when the package is prepared: `npm ci` in a checkout, and `npm pack`. Beside each
 * file that can be compressed it puts the compressed ones, so that the server compresses nothing.
 * An installation without the build tools (`npm ci --omit=dev`) has nothing to build with: it leaves the page out,
 * and the console then answers with a sentence that names this command.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const require = createRequire(import.meta.url);
const folder = join(import.meta.dirname, "dist");

/** @returns {string | undefined} */
function installedVite() {
  try {
    return require.resolve("vite");
  } catch {
    return undefined;
  }
}

function compress() {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!/\.(js|css|html|svg)$/.test(name)) continue;
    const file = join(folder, name);
    const content = readFileSync(file);
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
    writeFileSync(`${file}.br`, brotliCompressSync(content));
  }
}

const vite = installedVite();
if (vite === undefined) {
  process.stderr.write(
    "The console is left out: Vite is not installed. Run npm ci, then npm run build:console.\n",
  );
} else {
  const { build } = await import(pathToFileURL(vite).href);
  await build({
    root: import.meta.dirname,
    configFile: `${import.meta.dirname}/vite.config.ts`,
    logLevel: "warn",
  });
  compress();
}
