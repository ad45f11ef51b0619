// Builds the gate: installs what package-lock.json pins, unless it is there, and writes openapi-contract.wasm.
//
//     node build.mjs

import { fileURLToPath } from "node:url";
import { build } from "./sdk/build.js";

await build({
  folder: fileURLToPath(new URL(".", import.meta.url)),
  source: "gate.ts",
  world: "health-check", // health-check, promotion-gate, or gate for both
  component: "openapi-contract.wasm",
});
