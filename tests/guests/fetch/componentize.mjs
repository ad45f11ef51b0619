// Builds a component from a JavaScript file: node componentize.mjs <file.js> <wit folder> <file.wasm>

import { writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";

const [sourcePath, witPath, out] = process.argv.slice(2);
const { component } = await componentize({
  sourcePath,
  witPath,
  worldName: "health-check",
  // A gate serves no requests.
  disableFeatures: ["fetch-event"],
});
await writeFile(out, component);
