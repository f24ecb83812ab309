import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { Plugin } from "vite";

const STARTING = "virtual:mantine.css";
const CLASSES = /@mantine[\\/]core[\\/]esm[\\/].*[\\/](\w+)\.module\.mjs$/;
const STYLES = /@mantine[\\/]core[\\/]styles[\\/]([\w-]+)\.css$/;
const MANTINE = join(dirname(createRequire(import.meta.url).resolve("@mantine/core")), "..");
const FOR_ALL = ["baseline", "default-css-variables", "global"];

/**
 * Takes the styles of a Mantine component along with its code, so that a page loads those of what
 * it shows and nobody has to name them. Each component has a cascade layer of its own; the layers
 * stand in the order of Mantine's own style sheet, in whatever order pages load them.
 *
 * `import "virtual:mantine.css"` begins it: that order, and what holds for all components.
 */
export function mantineStyles(): Plugin {
  let isBuild = false;
  return {
    name: "mantine-styles",
    enforce: "pre",
    configResolved: (config) => {
      isBuild = config.command === "build";
    },
    resolveId: (id) => (id === STARTING ? `\0${STARTING}` : null),
    load: (id) => (id === `\0${STARTING}` ? starting(isBuild) : null),
    transform: (code, id) => {
      const component = CLASSES.exec(id)?.[1];
      if (component !== undefined) {
        return { code: `import "@mantine/core/styles/${component}.css";\n${code}`, map: null };
      }
      const name = STYLES.exec(id)?.[1];
      return name === undefined ? null : { code: inLayer(name, code), map: null };
    },
  };
}

function starting(isBuild: boolean): string {
  if (!isBuild) {
    return read("styles.layer.css"); // all at once: the server for developers packs no code
  }
  const layers = layersInOrder().map((name) => `mantine.${name}`);
  const styles = FOR_ALL.map((name) => inLayer(name, read("styles", `${name}.css`)));
  return [`@layer ${layers.join(", ")};`, ...styles].join("\n");
}

function inLayer(name: string, styles: string): string {
  return `@layer mantine.${name} {\n${styles}\n}`;
}

/** The components' style sheets, as they follow each other in the whole one. */
function layersInOrder(): string[] {
  const whole = read("styles.css");
  return readdirSync(join(MANTINE, "styles"))
    .filter((file) => !file.endsWith(".layer.css"))
    .map((file) => ({
      name: basename(file, ".css"),
      at: whole.indexOf(read("styles", file).trim()),
    }))
    .sort((one, other) => one.at - other.at)
    .map(({ name }) => name);
}

function read(...path: string[]): string {
  return readFileSync(join(MANTINE, ...path), "utf8");
}
