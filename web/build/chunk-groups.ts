/**
 * Which code comes in one file. A browser has six lines to the appliance, so a hundred small files
 * cost more than the bytes in them. The ways in are few files: what every page stands on, what
 * sign-in and Home have in common, the pages without the rail, and the rail with Home; many pages
 * share one more. The rest is left to the bundler.
 *
 * A group takes along all that it needs and that no group above it has. So these files need only
 * those above them and never each other, and no code runs before what it is made of.
 */
export const chunkGroups = [
  { name: textsOf, test: /[\\/]messages\.(en|de)\.json$/, priority: 50 },
  { name: "core", tags: ["$initial" as const], priority: 40 },
  {
    name: "both",
    test: /[\\/](src[\\/](ui[\\/](SearchBox|RouteLinks|Logo)|app[\\/]language|features[\\/](session|setup)[\\/]queries)\.tsx?|(ActionIcon|Card|use-uncontrolled)\.mjs)$/,
    priority: 35,
  },
  {
    name: "plain",
    test: /[\\/]src[\\/](app[\\/]PlainFrame|features[\\/]session[\\/]SignInPage)\.tsx$/,
    priority: 30,
  },
  {
    name: "shell",
    test: /[\\/]src[\\/](app[\\/]Shell|features[\\/]home[\\/]HomePage)\.tsx$/,
    priority: 20,
  },
  { name: "shared", minShareCount: 6, priority: 10 },
];

const WITH_THE_RAIL = ["home", "jobs", "tasks"];

/** The texts that are needed together: those of every page, those of the rail and Home, each area's. */
function textsOf(id: string): string {
  const [, area = "", language = ""] = /(\w+)[\\/]messages\.(\w+)\.json$/.exec(id) ?? [];
  if (area === "app" || area === "ui") {
    return `texts-${language}`;
  }
  return WITH_THE_RAIL.includes(area) ? `texts-shell-${language}` : `texts-${area}-${language}`;
}

/** Bundlers name what several pages share after all of them. */
export const fileNames = {
  chunkFileNames: ({ name }: { name: string }) => `assets/${short(name)}-[hash].js`,
  assetFileNames: ({ names }: { names: string[] }) =>
    `assets/${short(names[0] ?? "")}-[hash][extname]`,
};

function short(name: string): string {
  return (/^[\w-]+/.exec(name) ?? ["part"])[0];
}
