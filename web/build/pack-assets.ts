import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const WORTH_PACKING = /\.(js|css|svg)$/;
const LEAST_BYTES = 1024;

/**
 * Packs the assets once, when they are built: the server only sends them. Brotli is a tenth smaller,
 * but browsers take it over TLS and from this machine only.
 */
export function packAssets(): Plugin {
  return {
    name: "pack-assets",
    apply: "build",
    writeBundle: ({ dir }) => {
      const assets = join(dir ?? "dist", "assets");
      for (const name of readdirSync(assets)) {
        const path = join(assets, name);
        const plain = WORTH_PACKING.test(name) ? readFileSync(path) : Buffer.alloc(0);
        if (plain.length >= LEAST_BYTES) {
          writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
          writeFileSync(`${path}.br`, brotliCompressSync(plain));
        }
      }
    },
  };
}
