// Builds a gate's component from its folder: package.json and package-lock.json pin the tools.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withAuthorsPlaces } from "./places.js";

const EXPORTS = {
  "health-check": ["about", "healthChecking"],
  "promotion-gate": ["about", "promotion"],
  gate: ["about", "healthChecking", "promotion"],
};

/**
 * Installs what package-lock.json pins unless it is there, checks the types of TypeScript, bundles the sources with the kit,
 * and writes the component. `source` and `component` are paths in the folder. An error is shown, and ends the process.
 */
export async function build({ folder, source, world, component }) {
  checkNode();
  install(folder);
  const toolsOf = createRequire(join(folder, "package.json"));
  if (source.endsWith(".ts")) checkTypes(folder, toolsOf);
  const { bundled, map } = await bundle(folder, source, world, toolsOf("esbuild"));
  const made = await toolsOf("componentize-qjs")
    .componentize({
      witPath: fileURLToPath(new URL("wit", import.meta.url)),
      world,
      jsSource: `${bundled}\nglobalThis.lockgateSourceMap = ${JSON.stringify(map)};\n`,
      sync: true,
    })
    .catch((error) => fail(whyNoComponent(withAuthorsPlaces(error.message, map))));
  writeFileSync(join(folder, component), made.component);
  console.log(`${component}: ${made.component.length} bytes`);
}

function fail(text) {
  console.error(`error: ${text}`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 6)) return;
  fail(`Node.js ${process.versions.node} is too old: 20.6 or newer is needed.
  Debian:  apt install nodejs npm, from Debian 13 on; before it, the packages of nodejs.org
  macOS:   brew install node
  Windows: winget install OpenJS.NodeJS.LTS`);
}

function install(folder) {
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const installed = join(folder, "node_modules", ".installed-lock.json");
  if (existsSync(installed) && readFileSync(installed, "utf8") === lock) return;
  const isWindows = process.platform === "win32"; // where npm is a script for the shell
  const options = { cwd: folder, stdio: ["ignore", "inherit", "inherit"], shell: isWindows };
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], options);
  if (npm.error?.code === "ENOENT") {
    fail(`npm is missing; it installs the tools that package-lock.json pins.
  Debian:  apt install npm
  macOS:   brew install node
  Windows: winget install OpenJS.NodeJS.LTS`);
  }
  if (npm.status !== 0) fail("npm could not install what package-lock.json pins; its messages are above");
  writeFileSync(installed, lock);
}

function checkTypes(folder, toolsOf) {
  const compiler = toolsOf.resolve("typescript/bin/tsc");
  const tsc = spawnSync(process.execPath, [compiler, "--noEmit", "-p", join(folder, "tsconfig.json")], { stdio: "inherit" });
  if (tsc.status !== 0) fail("the types do not fit; the messages of tsc are above");
}

/** Makes one module of the sources, and the source map by which the kit shows places in them. */
async function bundle(folder, source, world, esbuild) {
  const options = {
    absWorkingDir: folder,
    entryPoints: [source],
    outfile: "bundle.js",
    write: false,
    bundle: true,
    format: "esm",
    target: "es2023",
    charset: "utf8",
    external: ["lockgate:*"],
    define: { "globalThis.lockgateWorld": JSON.stringify(world) },
    metafile: true,
    preserveSymlinks: true,
    sourcemap: "external",
    sourcesContent: false,
    logLevel: "warning",
  };
  const built = await esbuild.build(options).catch(() => {
    fail("the sources cannot be bundled; the messages of esbuild are above");
  });
  if (!EXPORTS[world]) fail(`build.mjs names the world ${world}; there are ${Object.keys(EXPORTS).join(", ")}`);
  const missing = EXPORTS[world].filter((name) => !built.metafile.outputs["bundle.js"].exports.includes(name));
  if (missing.length > 0) {
    fail(`${source} does not export ${missing.join(", ")}: export const { ${EXPORTS[world].join(", ")} } = gate({ … })`);
  }
  const output = (end) => built.outputFiles.find(({ path }) => path.endsWith(end)).text;
  const { sources, mappings } = JSON.parse(output("bundle.js.map"));
  return { bundled: output("bundle.js"), map: { sources, mappings } };
}

function whyNoComponent(message) {
  const called = /unknown import: `lockgate:plugin\/(\S+?)@/.exec(message);
  if (called) return `the sources use ${called[1]} of lockgate while they are loaded: use it in check or decide`;
  return message.trim().replace(/^.*JavaScript module evaluation: (Error: )?/, "the sources cannot be loaded: ");
}
