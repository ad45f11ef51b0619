// From a place in the bundle to the place in the author's file, by the source map that esbuild writes.

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const IN_BUNDLE = /(?:componentize-qjs:)?user\.js:(\d+):(\d+)/g;

/**
 * Returns a text, such as a stack, with the places in the bundle replaced by those in the author's files. Without a source
 * map, it is returned as it is.
 */
export function withAuthorsPlaces(text, map) {
  if (!map) return text;
  const lines = map.mappings.split(";");
  return text.replace(IN_BUNDLE, (place, line, column) => {
    const found = segmentAt(lines, Number(line) - 1, Number(column) - 1);
    return found ? `${map.sources[found.source]}:${found.line + 1}` : place;
  });
}

/** Returns the author's place in a stack: the first that is neither in the kit nor in a package; else the first of all. */
export function authorsPlace(stack) {
  const places = [...stack.matchAll(/([^\s()]+?:\d+)(?::\d+)?(?=\)|$)/gm)].map((match) => match[1]);
  const inAFile = places.filter((place) => !place.startsWith("<"));
  return inAFile.find((place) => !/^sdk\/|(^|\/)node_modules\//.test(place)) ?? inAFile[0];
}

/** Returns the segment of the source map at a place or before it, else the first one of the line. Counts from 0. */
function segmentAt(lines, wantedLine, wantedColumn) {
  const at = { source: 0, line: 0 };
  let found;
  for (const [index, line] of lines.slice(0, wantedLine + 1).entries()) {
    let column = 0;
    for (const segment of line.split(",").filter(Boolean)) {
      const [columns, source, sourceLine] = numbers(segment);
      column += columns;
      if (source === undefined) continue;
      at.source += source;
      at.line += sourceLine;
      if (index === wantedLine && (column <= wantedColumn || !found)) found = { ...at };
    }
  }
  return found;
}

/** Reads the variable-length numbers of a segment. */
function numbers(segment) {
  const all = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) * 2 ** shift;
    shift += 5;
    if (bits & 32) continue;
    all.push(value % 2 === 1 ? -(value - 1) / 2 : value / 2);
    [value, shift] = [0, 0];
  }
  return all;
}
