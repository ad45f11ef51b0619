// Runs the tests: esbuild makes JavaScript of them, which Node.js runs. `node build.mjs` has installed it.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = mkdtempSync(join(tmpdir(), "tests-"));
const sources = readdirSync(here).filter((name) => name.endsWith(".test.ts"));
const options = { bundle: true, platform: "node", format: "esm", outdir: out, outExtension: { ".js": ".mjs" }, logLevel: "warning" };
await build({ ...options, entryPoints: sources.map((name) => join(here, name)) });
const files = readdirSync(out).map((name) => join(out, name));
const tests = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
rmSync(out, { recursive: true });
process.exit(tests.status ?? 1);
