import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** `vite --port …` beside a running console: its API answers under the same origin. */
const API = process.env.PLEXAUBNET_CONSOLE_URL ?? "http://127.0.0.1:16480";

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
  server: { proxy: { "/api": API } },
});
