// What an OpenAPI document says of a response, and whether an answer keeps to it.

import { DocumentFault, NotChecked, NotJson, follow, isObject, member, readJson, short } from "./json.js";
import type { Json, JsonObject } from "./json.js";
import { Checker, MISMATCHES_MAX } from "./schema.js";
import type { Mismatch } from "./schema.js";

/** A request to the canary, and the response that is expected. */
export interface Route {
  method: "GET" | "HEAD" | "OPTIONS";
  /** What is asked for, such as `/orders/7`. */
  path: string;
  /** The path of the document, such as `/orders/{id}`; that of `path` where it is absent. */
  route?: string;
  status: number;
}

/** An answer of the canary. */
export interface Answer {
  status: number;
  contentType: string;
  text: string;
}

/** How many mismatches of a body are named. */
const NAMED_MAX = 3;

export class OpenApi {
  readonly checker: Checker;
  readonly #root: Json;

  private constructor(root: Json, version: "3.0" | "3.1") {
    this.#root = root;
    this.checker = new Checker(root, version);
  }

  /** Reads a document. Throws `NotJson`, `DocumentFault` and `NotChecked`. */
  static read(text: string): OpenApi {
    const root = readJson(text);
    const version = member(root, "openapi") ?? member(root, "swagger");
    if (typeof version !== "string") throw new DocumentFault("it is not an OpenAPI document: it names no version");
    const [, known] = /^(3\.[01])(\.|$)/.exec(version) ?? [];
    if (known !== "3.0" && known !== "3.1") throw new NotChecked(`it is OpenAPI ${short(version, 20)}, not 3.0 or 3.1`);
    return new OpenApi(root, known);
  }

  /**
   * Returns what the document promises for a route, by media type; nothing where the response has no body. Throws
   * `DocumentFault` where it promises no such response.
   */
  content({ method, path, route, status }: Route): JsonObject {
    const template = route ?? path.split("?")[0]!;
    const paths = this.#followed(member(this.#root, "paths"));
    const operation = member(this.#followed(member(paths, template)), method.toLowerCase());
    if (!isObject(operation)) throw new DocumentFault(`the document has no ${method} ${template}`);
    const responses = this.#followed(member(operation, "responses"));
    const names = [`${status}`, `${Math.floor(status / 100)}XX`, "default"];
    const name = names.find((name) => member(responses, name) !== undefined);
    if (name === undefined) throw new DocumentFault(`the document has no status ${status} for ${method} ${template}`);
    const content = member(this.#followed(member(responses, name)), "content") ?? {};
    if (!isObject(content)) throw new DocumentFault(`the document's content for ${method} ${template} is no object`);
    return content;
  }

  /** Follows the `$ref` of a value that is no schema. */
  #followed(value: Json | undefined): Json | undefined {
    for (let steps = 0; steps < 10; steps++) {
      const ref = member(value, "$ref");
      if (typeof ref !== "string") return value;
      value = follow(this.#root, ref);
    }
    throw new DocumentFault("a $ref of the document never ends");
  }

  /**
   * Returns a sentence on how an answer breaks the promise of the document, `undefined` where it keeps it. Throws
   * `DocumentFault` and `NotChecked`.
   */
  breach(route: Route, answer: Answer): string | undefined {
    const asked = `${route.method} ${route.path}`;
    if (answer.status !== route.status) return `${asked} answered ${answer.status}, ${route.status} was expected`;
    const content = this.content(route);
    const types = Object.keys(content);
    if (types.length === 0) {
      return answer.text === "" ? undefined : `${asked} answered a body, the document has none for status ${route.status}`;
    }
    const type = answer.contentType.split(";")[0]!.trim().toLowerCase();
    if (route.method === "HEAD" && type === "") return undefined;
    const promised = bestType(types, type);
    if (promised === undefined) {
      const actual = type === "" ? "no content type" : short(type, 60);
      return `${asked} answered ${actual}, ${short(types.join(" or "))} was expected`;
    }
    if (route.method === "HEAD") return undefined;
    const schema = member(content[promised], "schema");
    if (schema === undefined) throw new DocumentFault(`the document has no schema for status ${route.status}`);
    return this.#bodyBreach(asked, schema, type, answer.text);
  }

  #bodyBreach(asked: string, schema: Json, type: string, text: string): string | undefined {
    let body: Json;
    try {
      body = bodyOf(type, text);
    } catch (error) {
      if (error instanceof NotJson) return `${asked} answered ${text === "" ? "an empty body" : "a body"} that is not JSON`;
      throw error;
    }
    const mismatches = this.checker.mismatches(body, schema);
    if (mismatches.length === 0) return undefined;
    return `${asked}: ${named(mismatches)}`;
  }
}

function named(mismatches: Mismatch[]): string {
  const named = mismatches.slice(0, NAMED_MAX).map(({ pointer, problem }) => `${short(pointer) || "the body"} ${problem}`);
  const others = mismatches.length - named.length;
  if (others > 0) named.push(`and ${mismatches.length < MISMATCHES_MAX ? "" : "at least "}${others} more`);
  return named.join("; ");
}

/** Returns the media type of the document that fits that of an answer best: itself, else a range such as `text/*`. */
function bestType(promised: string[], type: string): string | undefined {
  const bare = (name: string) => name.split(";")[0]!.trim().toLowerCase();
  for (const wanted of [type, `${type.split("/")[0]}/*`, "*/*"]) {
    const found = promised.find((name) => bare(name) === wanted);
    if (found !== undefined && type !== "") return found;
  }
  return undefined;
}

/** Returns a body as the value that a schema describes. Throws `NotJson`, or `NotChecked` for a type of another form. */
function bodyOf(type: string, text: string): Json {
  if (/^[^/]+\/(.+\+)?json$/.test(type)) return readJson(text);
  if (type.startsWith("text/")) return text;
  throw new NotChecked(`a body of type ${short(type, 60)} is not checked, only JSON and text are`);
}
