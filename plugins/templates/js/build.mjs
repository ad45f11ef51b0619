// Builds the gate: installs what package-lock.json pins, unless it is there, and writes <$ component $>.
//
//     node build.mjs

import { fileURLToPath } from "node:url";
import { build } from "./sdk/build.js";

await build({
  folder: fileURLToPath(new URL(".", import.meta.url)),
  source: "gate.js",
  world: "<$ world $>", // health-check, promotion-gate, or gate for both
  component: "<$ component $>",
});
