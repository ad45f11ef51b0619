// One verdict of the findings about all routes.

import { DocumentFault, NotChecked, NotJson } from "./json.js";
import type { Answer, OpenApi, Route } from "./openapi.js";

/** What became of one request. */
export type Finding =
  | { kind: "kept" }
  /** The canary breaks its contract. */
  | { kind: "broken"; text: string }
  /** No response: the canary may be starting. */
  | { kind: "silent"; text: string }
  /** Nothing is known: this gate does not check what it got. */
  | { kind: "not-checked"; text: string };

/** Returns what reading the document, or a part of it, comes to: its value, or the finding that it failed with. */
export function reading<T>(asked: string, read: () => T): { value: T } | { finding: Finding } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof NotJson) return { finding: { kind: "broken", text: `${asked} answered a body that is not JSON` } };
    if (error instanceof DocumentFault) return { finding: { kind: "broken", text: `${asked}: ${error.message}` } };
    if (error instanceof NotChecked) return { finding: { kind: "not-checked", text: `${asked}: ${error.message}` } };
    throw error;
  }
}

export function judged(document: OpenApi, route: Route, answer: Answer): Finding {
  const read = reading(`${route.method} ${route.path}`, () => document.breach(route, answer));
  if ("finding" in read) return read.finding;
  return read.value === undefined ? { kind: "kept" } : { kind: "broken", text: read.value };
}

/** Returns the finding that decides, with the texts of all that are like it: broken first, and kept only where all are. */
export function worst(findings: Finding[]): Finding {
  for (const kind of ["broken", "not-checked", "silent"] as const) {
    const texts = findings.flatMap((finding) => (finding.kind === kind ? [finding.text] : []));
    if (texts.length > 0) return { kind, text: texts.join("; ") };
  }
  return { kind: "kept" };
}
