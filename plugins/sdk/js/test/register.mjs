// Gives the kit a lockgate of the tests' own in the place of its imports.
import { register } from "node:module";

const hook = `export const resolve = (name, context, next) =>
  name.startsWith("lockgate:plugin/") ? { url: new URL("host.mjs#" + name, "${import.meta.url}").href, shortCircuit: true } : next(name, context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
