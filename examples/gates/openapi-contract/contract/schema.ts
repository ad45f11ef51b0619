// Checks a value against a schema of an OpenAPI document.
//
// What is not understood never makes a "no": an unknown keyword is ignored and counted, and a `oneOf` or a `not` that hangs
// on one is not decided.

import { DocumentFault, NotChecked, equal, follow, isObject, member } from "./json.js";
import type { Json, JsonObject } from "./json.js";
import { KEYWORDS } from "./keywords.js";
import { Pattern } from "./pattern.js";

/** How deep schemas may be in one another, a `$ref` counted as a level. The check recurses, and a cycle has no end. */
export const DEPTH_MAX = 64;
/** The most steps of all checks of one call. A step is about a microsecond. */
export const STEPS_MAX = 5_000_000;
/** After so many mismatches in a body the others are not looked for. */
export const MISMATCHES_MAX = 20;

/** A place in a body that does not fit its schema. The text never has a value of the body, which may be private. */
export interface Mismatch {
  pointer: string;
  problem: string;
}

/** A value, and the schema that it is checked against. */
export interface Place {
  value: Json;
  schema: JsonObject;
  pointer: string;
  depth: number;
  found: Mismatch[];
}

/** Keywords that only describe. */
const ANNOTATIONS = new Set([
  ...["title", "description", "default", "example", "examples", "deprecated", "externalDocs", "xml", "discriminator"],
  ...["readOnly", "writeOnly", "nullable", "format", "contentMediaType", "contentEncoding"],
  ...["$schema", "$comment", "$id", "$anchor", "$defs", "definitions"],
]);

/** Keywords that lead to other schemas, and say nothing by themselves. */
const CONTAINERS = new Set(["properties", "additionalProperties", "items", "prefixItems", "allOf", "anyOf", "oneOf", "not"]);

export class Checker {
  readonly #root: Json;
  readonly #isOld: boolean;
  readonly #patterns = new Map<string, Pattern | undefined>();
  readonly #ignored = new Map<string, Set<JsonObject>>();
  #steps = 0;
  #decided = 0;
  #undecided = 0;

  constructor(root: Json, version: "3.0" | "3.1") {
    this.#root = root;
    this.#isOld = version === "3.0";
  }

  /** Returns where a value does not fit a schema. Throws `DocumentFault` and `NotChecked`. */
  mismatches(value: Json, schema: Json): Mismatch[] {
    const [decided, undecided] = [this.#decided, this.#undecided];
    const found: Mismatch[] = [];
    this.check(value, schema, "", 0, found);
    const isVoid = found.length === 0 && this.#decided === decided && this.#undecided > undecided;
    if (isVoid) throw new NotChecked("its schema has only keywords that are ignored");
    return found;
  }

  /** Returns the keywords that were ignored, each with the number of schemas that have it. */
  ignored(): [string, number][] {
    return [...this.#ignored].map(([keyword, schemas]) => [keyword, schemas.size]);
  }

  check(value: Json, schema: Json, pointer: string, depth: number, found: Mismatch[]): void {
    this.spend(1);
    if (found.length >= MISMATCHES_MAX || schema === true) return;
    if (depth > DEPTH_MAX) throw new NotChecked(`its schemas are more than ${DEPTH_MAX} levels deep, or never end`);
    if (schema === false) {
      found.push({ pointer, problem: "is not allowed" });
      return;
    }
    if (!isObject(schema)) throw new DocumentFault("a schema of the document is neither an object nor true or false");
    // Many documents have `nullable` also where the specification ignores it: beside a `$ref`, or without a `type`.
    if (this.#isOld && value === null && member(schema, "nullable") === true) return;
    const place = { value, schema, pointer, depth: depth + 1, found };
    const ref = member(schema, "$ref");
    if (ref !== undefined) {
      if (typeof ref !== "string") throw new DocumentFault("a $ref of the document is no text");
      this.check(value, follow(this.#root, ref), pointer, depth + 1, found);
      if (this.#isOld) return;
    }
    if (this.#fitsType(place)) this.#keywords(place);
  }

  /** Checks `type` before all others: what has the wrong type breaks other keywords too. */
  #fitsType(place: Place): boolean {
    const before = place.found.length;
    const types = member(place.schema, "type");
    if (types !== undefined) this.#apply("type", place, types);
    return place.found.length === before;
  }

  #keywords(place: Place): void {
    for (const name of Object.keys(place.schema)) {
      this.spend(1);
      if (name === "type" || name === "$ref") continue;
      if (name === "format") this.#undecided++;
      if (ANNOTATIONS.has(name) || name.startsWith("x-")) continue;
      this.#apply(name, place, place.schema[name]!);
    }
  }

  #apply(name: string, place: Place, argument: Json): void {
    const keyword = KEYWORDS.get(name);
    if (keyword === undefined || !keyword(this, place, argument)) this.#ignore(name, place.schema);
    else if (!CONTAINERS.has(name)) this.#decided++;
  }

  #ignore(keyword: string, schema: JsonObject): void {
    this.#undecided++;
    const schemas = this.#ignored.get(keyword) ?? new Set();
    this.#ignored.set(keyword, schemas.add(schema));
  }

  /** Tries a value against a schema. `isSure` is false when it fits and a keyword was ignored. */
  fits(place: Place, schema: Json): { found: Mismatch[]; isSure: boolean } {
    const before = this.#undecided;
    const found: Mismatch[] = [];
    this.check(place.value, schema, place.pointer, place.depth, found);
    return { found, isSure: found.length > 0 || this.#undecided === before };
  }

  /** Returns whether a pattern matches, `undefined` when this gate does not say. */
  matches(source: string, text: string): boolean | undefined {
    if (!this.#patterns.has(source)) this.#patterns.set(source, Pattern.of(source));
    const match = this.#patterns.get(source)?.matches(text);
    this.spend(match?.steps ?? 0);
    return match?.found;
  }

  equals(a: Json, b: Json): boolean {
    return equal(a, b, () => this.spend(1));
  }

  /** Returns whether a property is only ever sent to the service, so that a response does not have it. */
  isWriteOnly(schema: Json | undefined): boolean {
    const ref = member(schema, "$ref");
    const target = typeof ref === "string" ? follow(this.#root, ref) : schema;
    return member(target, "writeOnly") === true;
  }

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > STEPS_MAX) throw new NotChecked(`the check of the bodies takes more than ${STEPS_MAX} steps`);
  }
}
