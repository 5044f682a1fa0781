import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The server's Content-Security-Policy allows files of its own origin only: nothing is inlined, no polyfill script is
// put into the page, and the API's development proxy is the stub server.
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
    chunkSizeWarningLimit: 1_000,
  },
  server: { host: "127.0.0.1", proxy: { "/api": "http://127.0.0.1:4280" } },
});
