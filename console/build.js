/**
 * Builds the page into `console/dist` when the package is prepared: `npm ci` in a checkout, and `npm pack`.
 * An installation without the build tools (`npm ci --omit=dev`) has nothing to build with: it leaves the page out,
 * and the console then answers with a sentence that names this command.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);

/** @returns {string | undefined} */
function installedVite() {
  try {
    return require.resolve("vite");
  } catch {
    return undefined;
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
}
