// Starts the linter's own program. Its npm wrapper wants a package for every platform in the lock
// file, and not every registry has them all.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const place = createRequire(import.meta.url);
const program = place.resolve(`@biomejs/cli-${process.platform}-${process.arch}/biome`);
const done = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
process.exit(done.status ?? 1);
