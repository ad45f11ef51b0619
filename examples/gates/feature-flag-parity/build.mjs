// Builds the gate: installs what package-lock.json pins, unless it is there, and writes feature-flag-parity.wasm.
//
//     node build.mjs

import { fileURLToPath } from "node:url";
import { build } from "./sdk/build.js";

await build({
  folder: fileURLToPath(new URL(".", import.meta.url)),
  source: "gate.js",
  world: "health-check", // health-check, promotion-gate, or gate for both
  component: "feature-flag-parity.wasm",
});
