import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { chunkGroups, fileNames } from "./build/chunk-groups.ts";
import { mantineStyles } from "./build/mantine-styles.ts";
import { packAssets } from "./build/pack-assets.ts";

// `npm run dev` shows the console with the API of a running appliance:
//   DROPALLY_URL=http://127.0.0.1:8480 npm run dev
const appliance = process.env.DROPALLY_URL ?? "http://127.0.0.1:8480";

export default defineConfig({
  plugins: [mantineStyles(), react(), packAssets()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // The server puts a new nonce in its place with every page: see dropally/server/console.py.
  html: { cspNonce: "DROPALLY_CSP_NONCE" },
  build: {
    target: "es2022",
    // light-dark() stays as it is: its replacement for older browsers does not see our color-scheme.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    outDir: "../dropally/_web",
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: { codeSplitting: { groups: chunkGroups }, ...fileNames },
    },
  },
  server: { proxy: { "/api": { target: appliance, secure: false } } },
});
