// Reads the text of a regular expression.

const LENGTH_MAX = 1_000;
const GROUPS_MAX = 50;
const NESTING_MAX = 10;

/** A test of a single character. */
export type One = (character: string) => boolean;

/** A place in a text, which takes no character. */
export type Place = "start" | "end" | "word-edge" | "no-word-edge";

export type Node =
  | { kind: "one"; test: One }
  | { kind: "place"; place: Place }
  | { kind: "sequence"; nodes: Node[] }
  | { kind: "choice"; nodes: Node[] }
  | { kind: "repeat"; node: Node; min: number; max: number };

/** Returns a pattern's structure, `undefined` when it is too large, not valid, or has a back reference or a look-around. */
export function parsePattern(source: string): { node: Node; unicode: boolean } | undefined {
  // Before `RegExp` sees it, whose parser recurses.
  if (source.length > LENGTH_MAX || source.split("(").length > GROUPS_MAX + 1) return undefined;
  for (const flags of ["u", ""]) {
    try {
      new RegExp(source, flags);
      return { node: new Parser(source, flags).pattern(), unicode: flags === "u" };
    } catch (error) {
      if (error instanceof NotSupported) return undefined;
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

class NotSupported extends Error {}

const ESCAPES = [
  /\\[pP]\{[^}]*\}/y,
  /\\x[\da-f]{2}/iy,
  /\\ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}/iy,
  /\\u\{[\da-f]+\}/iy,
  /\\u[\da-f]{4}/iy,
  /\\c[a-z]/iy,
  /\\[^]/y,
];
const CLASS = /\[(?:\\[^]|[^\]\\])*\]/y;
const COUNT = /\{(\d+)(,?)(\d*)\}/y;
const GROUP = /\((?:\?:|\?<(?![=!])[^>]*>|(?!\?))/y;

/** Reads a pattern that `RegExp` accepts. */
class Parser {
  readonly #source: string;
  readonly #unicode: boolean;
  readonly #tests = new Map<string, One>();
  #at = 0;
  #nesting = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#unicode = flags === "u";
  }

  pattern(): Node {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw new NotSupported();
    return node;
  }

  #choice(): Node {
    const nodes = [this.#sequence()];
    while (this.#source[this.#at] === "|") {
      this.#at++;
      nodes.push(this.#sequence());
    }
    return { kind: "choice", nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source.charAt(this.#at))) {
      nodes.push(this.#repeated(this.#single()));
    }
    return { kind: "sequence", nodes };
  }

  #single(): Node {
    const next = this.#source.charAt(this.#at);
    if (next === "(") return this.#group();
    if (next === "^") return this.#place("start", next);
    if (next === "$") return this.#place("end", next);
    if (next === "[") return this.#one(this.#expect(CLASS));
    if (next === "\\") return this.#escape();
    return this.#one(this.#unicode ? String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0) : next);
  }

  #group(): Node {
    this.#nesting++;
    if (this.#nesting > NESTING_MAX) throw new NotSupported();
    this.#at += this.#expect(GROUP).length;
    const node = this.#choice();
    if (this.#source[this.#at] !== ")") throw new NotSupported();
    this.#at++;
    this.#nesting--;
    return node;
  }

  #escape(): Node {
    const escape = ESCAPES.map((form) => this.#found(form)?.[0]).find((text) => text !== undefined);
    if (escape === undefined || /^\\[1-9k]/.test(escape)) throw new NotSupported();
    if (escape === "\\b") return this.#place("word-edge", escape);
    if (escape === "\\B") return this.#place("no-word-edge", escape);
    return this.#one(escape);
  }

  #place(place: Place, source: string): Node {
    this.#at += source.length;
    return { kind: "place", place };
  }

  #one(source: string): Node {
    this.#at += source.length;
    const test = this.#tests.get(source) ?? testOf(source, this.#unicode ? "u" : "");
    this.#tests.set(source, test);
    return { kind: "one", test };
  }

  #repeated(node: Node): Node {
    const bounds = this.#bounds();
    if (bounds === undefined) return node;
    // A lazy repetition matches the same texts.
    if (this.#source[this.#at] === "?") this.#at++;
    return { kind: "repeat", node, min: bounds[0], max: bounds[1] };
  }

  #bounds(): [number, number] | undefined {
    const sign = this.#source.charAt(this.#at);
    const known = ({ "*": [0, Infinity], "+": [1, Infinity], "?": [0, 1] } as Record<string, [number, number]>)[sign];
    if (known !== undefined) {
      this.#at++;
      return known;
    }
    const count = this.#found(COUNT);
    if (count === undefined) return undefined;
    this.#at += count[0].length;
    const min = Number(count[1]);
    if (count[2] === "") return [min, min];
    return [min, count[3] === "" ? Infinity : Number(count[3])];
  }

  #found(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.#at;
    return form.exec(this.#source) ?? undefined;
  }

  #expect(form: RegExp): string {
    const found = this.#found(form);
    if (found === undefined) throw new NotSupported();
    return found[0];
  }
}

function testOf(source: string, flags: string): One {
  if (source !== "." && !source.startsWith("[") && !source.startsWith("\\")) return (character) => character === source;
  const form = new RegExp(`^(?:${source})$`, flags);
  return (character) => form.test(character);
}
