// Reads the flags of two revisions and compares them. Knows nothing of lockgate.

const MOST_FLAGS = 10_000;
const NAMED = 3;
const LONGEST_NAME = 60;

/** Returns the flags at a JSON pointer by name, or the problem with them. */
export function flagsAt(document, pointer) {
  let value = document;
  for (const escaped of pointer.split("/").slice(1)) {
    const name = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    const leadsOn = typeof value === "object" && value !== null && Object.hasOwn(value, name);
    if (!leadsOn) return { problem: `has nothing at ${pointer}` };
    value = value[name];
  }
  const where = pointer === "" ? "" : ` at ${pointer}`;
  if (kind(value) !== "object") return { problem: `has ${article(kind(value))} in place of an object of flags${where}` };
  const flags = new Map(Object.entries(value));
  if (flags.size > MOST_FLAGS) return { problem: `has more than ${MOST_FLAGS} flags${where}` };
  return { flags };
}

/** Returns what differs, in the order of the names, and how many flags of the stable revision were compared. */
export function compare(canary, stable, ignored) {
  const differences = [];
  const names = [...new Set([...stable.keys(), ...canary.keys()])].filter((name) => !ignored.has(name)).sort();
  for (const name of names) {
    const text = difference(name, canary, stable);
    if (text) differences.push({ name, text, isNew: !stable.has(name) });
  }
  return { common: names.filter((name) => stable.has(name)).length, differences };
}

/** Returns how a flag differs. Texts, lists and objects are not quoted, for they may be private. */
function difference(name, canary, stable) {
  if (!canary.has(name)) return "is missing";
  if (!stable.has(name)) return "is new";
  const [ours, theirs] = [canary.get(name), stable.get(name)];
  if (kind(ours) !== kind(theirs)) return `is ${article(kind(ours))}, ${article(kind(theirs))} on stable`;
  if (isEqual(ours, theirs)) return "";
  const isPublic = typeof ours === "boolean" || typeof ours === "number";
  return isPublic ? `is ${ours}, ${theirs} on stable` : `is another ${kind(ours)} than on stable`;
}

/** Returns the first differences in a sentence. */
export function sentence(differences) {
  const first = differences.slice(0, NAMED).map(({ name, text }) => `${shortened(name)} ${text}`);
  const more = differences.length - first.length;
  return first.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

export function shortened(name) {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}

function kind(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return typeof value;
}

function article(noun) {
  if (noun === "null") return noun;
  return noun === "object" ? `an ${noun}` : `a ${noun}`;
}

/** Compares JSON values: the order of names does not count, that of lists does. */
function isEqual(one, other) {
  if (kind(one) !== kind(other)) return false;
  if (typeof one !== "object" || one === null) return one === other;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  for (const name of names) {
    if (!Object.hasOwn(other, name) || !isEqual(one[name], other[name])) return false;
  }
  return true;
}
