// Regular expressions that somebody else wrote, matched in bounded time.
//
// The engine's own `RegExp` tries one way after the other, and for a pattern such as `(a+)+$` the ways double with each
// character. Here all ways are followed at the same time (Thompson's construction), so that the steps are at most the size
// of the pattern times the length of the text. `RegExp` only tests single characters, so that classes and escapes mean what
// they mean in JavaScript. A pattern with a back reference or a look-around has no such form.

import { parsePattern, type Node, type One, type Place } from "./pattern-syntax.js";

const PROGRAM_MAX = 5_000;
/** The most steps of one match. */
const STEPS_MAX = 200_000;

type Step =
  | { kind: "one"; test: One }
  | { kind: "place"; place: Place }
  | { kind: "fork"; a: number; b: number }
  | { kind: "jump"; to: number }
  | { kind: "match" };

/** Whether a pattern matches, `undefined` when that takes too long to say; and the steps that it took. */
export interface Match {
  found: boolean | undefined;
  steps: number;
}

/** A compiled pattern. */
export class Pattern {
  readonly #steps: Step[];
  readonly #unicode: boolean;

  private constructor(steps: Step[], unicode: boolean) {
    this.#steps = steps;
    this.#unicode = unicode;
  }

  /** Compiles a pattern. Returns `undefined` for one that is too large, not valid, or of no bounded form. */
  static of(source: string): Pattern | undefined {
    const parsed = parsePattern(source);
    const steps = parsed && new Program().of(parsed.node);
    return steps && new Pattern(steps, parsed.unicode);
  }

  /** Looks for the pattern anywhere in a text. */
  matches(text: string): Match {
    if (text.length > STEPS_MAX) return { found: undefined, steps: 0 };
    const characters = this.#unicode ? Array.from(text) : text.split("");
    return new Run(this.#steps, characters).match();
  }
}

/** All ways through the steps of a pattern, one character of the text after the other. */
class Run {
  readonly #steps: Step[];
  readonly #text: string[];
  /** By step: the place in the text at which it was last reached. */
  readonly #reached: Int32Array;
  /** The steps that wait for the next character. */
  #waiting: number[] = [];
  #spent = 0;

  constructor(steps: Step[], text: string[]) {
    this.#steps = steps;
    this.#text = text;
    this.#reached = new Int32Array(steps.length).fill(-1);
  }

  match(): Match {
    let found: boolean | undefined = false;
    for (let at = 0; at <= this.#text.length && found === false; at++) {
      if (this.#spent > STEPS_MAX) found = undefined;
      else if (this.#advance(at) || this.#follow(0, at)) found = true;
    }
    return { found, steps: this.#spent };
  }

  /** Takes the character before a place. Returns whether a way ends in a match. */
  #advance(at: number): boolean {
    const arrived = this.#waiting;
    this.#waiting = [];
    const character = this.#text[at - 1];
    for (const from of arrived) {
      this.#spent++;
      const step = this.#steps[from];
      const fits = step?.kind === "one" && character !== undefined && step.test(character);
      if (fits && this.#follow(from + 1, at)) return true;
    }
    return false;
  }

  /** Follows a way up to the next steps that take a character. Returns whether it ends in a match. */
  #follow(from: number, at: number): boolean {
    const todo = [from];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      this.#spent++;
      const step = this.#steps[next];
      if (step === undefined || this.#reached[next] === at) continue;
      this.#reached[next] = at;
      if (step.kind === "match") return true;
      if (step.kind === "one") this.#waiting.push(next);
      else if (step.kind === "jump") todo.push(step.to);
      else if (step.kind === "fork") todo.push(step.a, step.b);
      else if (isAt(step.place, this.#text, at)) todo.push(next + 1);
    }
    return false;
  }
}

function isAt(place: Place, text: string[], at: number): boolean {
  if (place === "start") return at === 0;
  if (place === "end") return at === text.length;
  const isWord = (character: string | undefined) => character !== undefined && /^\w$/.test(character);
  return (isWord(text[at - 1]) !== isWord(text[at])) === (place === "word-edge");
}

class TooLarge extends Error {}

/** Writes a pattern as steps. */
class Program {
  readonly #steps: Step[] = [];
  #nodes = 0;

  /** Returns the steps, `undefined` when there are too many. */
  of(node: Node): Step[] | undefined {
    try {
      this.#emit(node);
    } catch (error) {
      if (error instanceof TooLarge) return undefined;
      throw error;
    }
    this.#steps.push({ kind: "match" });
    return this.#steps;
  }

  #emit(node: Node): void {
    this.#nodes++;
    if (this.#nodes > PROGRAM_MAX) throw new TooLarge();
    if (node.kind === "sequence") {
      for (const part of node.nodes) this.#emit(part);
    } else if (node.kind === "choice") {
      this.#emitChoice(node.nodes);
    } else if (node.kind === "repeat") {
      this.#emitRepeat(node.node, node.min, node.max);
    } else {
      this.#steps.push(node);
    }
  }

  /** Adds a fork that goes on with the next step; the other way is the caller's to set. */
  #fork(): { b: number } {
    const fork = { kind: "fork" as const, a: this.#steps.length + 1, b: 0 };
    this.#steps.push(fork);
    return fork;
  }

  #emitChoice(nodes: Node[]): void {
    const jumps: { to: number }[] = [];
    for (const node of nodes.slice(0, -1)) {
      const fork = this.#fork();
      this.#emit(node);
      const jump = { kind: "jump" as const, to: 0 };
      this.#steps.push(jump);
      jumps.push(jump);
      fork.b = this.#steps.length;
    }
    for (const node of nodes.slice(-1)) this.#emit(node);
    for (const jump of jumps) jump.to = this.#steps.length;
  }

  #emitRepeat(node: Node, min: number, max: number): void {
    for (let count = 0; count < min; count++) this.#emit(node);
    if (max === Infinity) {
      const again = this.#steps.length;
      const fork = this.#fork();
      this.#emit(node);
      this.#steps.push({ kind: "jump", to: again });
      fork.b = this.#steps.length;
      return;
    }
    const forks: { b: number }[] = [];
    for (let count = min; count < max; count++) {
      forks.push(this.#fork());
      this.#emit(node);
    }
    for (const fork of forks) fork.b = this.#steps.length;
  }
}
