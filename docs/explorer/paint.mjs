// The parts of a canonical name: pure, so that node tests it too.

/** @typedef {{kind: string, expression: RegExp}} Pattern */
/** @typedef {{field: string | null, text: string}} Part  A part without a field is punctuation. */

/**
 * Compile the exported patterns. Each has a named group for each field.
 * @param {Record<string, string>} exported  Pattern by kind of name, as the library's `regex(groups=True)` returns it.
 * @returns {Pattern[]}
 */
export const compile = (exported) =>
  Object.entries(exported).map(([kind, pattern]) => ({
    kind,
    expression: new RegExp(`^(?:${pattern.replaceAll("(?P<", "(?<")})$`, "dv"),
  }));

/**
 * Cut a canonical text into its parts, in order; return null for any other text.
 * @param {Pattern[]} patterns
 * @param {string} text
 * @returns {{kind: string, parts: Part[]} | null}
 */
export function paint(patterns, text) {
  for (const { kind, expression } of patterns) {
    const match = expression.exec(text);
    if (match === null) continue;
    const fields = Object.entries(match.indices.groups)
      .filter(([, place]) => place !== undefined)
      .map(([group, place]) => ({ field: group.replace(/^best_/, ""), place }))
      .sort((one, other) => one.place[0] - other.place[0]);
    const parts = [];
    let end = 0;
    for (const { field, place } of fields) {
      if (place[0] > end) parts.push({ field: null, text: text.slice(end, place[0]) });
      parts.push({ field, text: text.slice(...place) });
      end = place[1];
    }
    if (end < text.length) parts.push({ field: null, text: text.slice(end) });
    return { kind, parts };
  }
  return null;
}

/**
 * Cut a line of a listing into its parts: the whole line is a name, or the word behind its last blank is one.
 * @param {Pattern[]} patterns
 * @param {string} line
 * @returns {{kind: string, parts: Part[]} | null}
 */
export function paintLine(patterns, line) {
  const start = line.lastIndexOf(" ") + 1;
  const whole = paint(patterns, line);
  if (whole !== null || start === 0) return whole;
  const last = paint(patterns, line.slice(start));
  return last && { kind: last.kind, parts: [{ field: null, text: line.slice(0, start) }, ...last.parts] };
}

/** Return the UTF-16 offset of a position that counts code points, as Python's positions do. */
export const offset = (text, position) => Array.from(text).slice(0, position).join("").length;
