import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** A console that runs, whose answers the page gets while it is worked on. A cookie of this host is for all its ports. */
const CONSOLE = process.env.PLEXAUBNET_CONSOLE_URL ?? "http://127.0.0.1:16444";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows neither inline scripts nor data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: CONSOLE, changeOrigin: true, headers: { origin: CONSOLE } } },
  },
});
