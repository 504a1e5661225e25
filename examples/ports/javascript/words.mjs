/**
 * The conversion `words`: the values and the marks that stand in a name as common words. See section 6 of
 * docs/spec-legacy.md.
 *
 * For Node 20 or later and for browsers with the RegExp flag `v`.
 */
const NUMBER = "[0-9]+(?:\\.[0-9]+)?(?:e[+\\-]?[0-9]{1,3}(?![0-9A-Za-z]))?(?:[kK](?![A-Za-z]))?";
const HASH = "(?<hash>(?<![0-9A-Za-z])(?=[0-9]{0,7}[a-f])[0-9a-f]{8}(?![0-9A-Za-z]))";
const PLAIN = new Set([null, "number", "metric", "decimal metric", "qualifier", "plain", "noun", "epoch", "step"]);
const EPOCHS = 1_000_000n;

/** Return a word in lower case, except a single letter, which has its meaning in one case only. */
const folded = (word) => (word.length === 1 ? word : word.toLowerCase());

/** The words of `words.json`, each with its meaning. */
export class Vocabulary {
  #meanings = new Map();
  #counts;
  #qualifiers;
  #flags;
  #tokens;

  constructor({ before_number, behind_number, beside_value, qualifiers, flags, marks, ...lists }) {
    const byWord = (counts) => new Map(Object.entries(counts).flatMap(([count, words]) => words.map((word) => [word, count])));
    this.#counts = [before_number, behind_number, beside_value].map(byWord);
    this.#qualifiers = new Set(qualifiers);
    this.#flags = flags;
    const listed = { ...marks, metric: lists.metrics, "decimal metric": lists.decimal_metrics };
    Object.assign(listed, { plain: lists.plain, noun: lists.nouns, other: lists.other });
    for (const [word, meaning] of byWord(listed)) this.#meanings.set(word, meaning);
    for (const counts of this.#counts) for (const [word, count] of counts) this.#meanings.set(word, count);
    const mixed = [...this.#meanings.keys()].filter((word) => !/^[a-z]+$/i.test(word));
    const inAnyCase = (word) => word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
    const alternatives = mixed.map(inAnyCase).join("|");
    this.#tokens = new RegExp(`${HASH}|(?<![A-Za-z])(?:${alternatives})(?![0-9A-Za-z])|[A-Za-z]+|${NUMBER}`, "gv");
  }

  /** Return the fields that the words of a text state, or null if the conversion refuses the text. */
  read(text, { requires = [], refuses = [], only_known = false }) {
    const tokens = this.#tokensOf(text);
    const taken = new Set();
    const metrics = this.#metricsOf(text, tokens, taken);
    if (tokens.some(({ meaning }) => meaning === "other")) return null;
    const fields = this.#countsOf(tokens, taken, Object.keys(metrics).length > 0);
    if (fields === null) return null;
    const index = Object.keys(fields).length > 0 ? null : indexIn(tokens, taken);
    if (index !== null) fields.index = index;
    const marks = tokens.map(({ meaning }) => meaning).filter((meaning) => !PLAIN.has(meaning));
    const states = new Set([...marks, ...Object.keys(fields), ...(Object.keys(metrics).length > 0 ? ["metric"] : [])]);
    if (!requires.every((state) => states.has(state)) || refuses.some((state) => states.has(state))) return null;
    if (only_known && tokens.some(({ meaning }) => meaning === null)) return null;
    for (const flag of this.#flags) if (states.has(flag)) fields[flag] = true;
    return { ...fields, metrics };
  }

  #tokensOf(text) {
    return [...text.matchAll(this.#tokens)].flatMap(({ 0: found, index: start, groups }) => {
      if (groups.hash !== undefined) return [{ text: found, start, meaning: "other" }];
      if (/^[0-9]/.test(found)) return [{ text: found, start, meaning: "number" }];
      const meaning = this.#meaningOf(text, start, found);
      if (meaning !== null) return [{ text: found, start, meaning }];
      return [...found.matchAll(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g)].map(({ 0: part, index }) => {
        return { text: part, start: start + index, meaning: this.#meaningOf(text, start + index, part) };
      });
    });
  }

  #meaningOf(text, start, word) {
    if (word.length === 1) {
      if (/[\p{L}\p{N}]/v.test(text[start - 1] ?? "")) return null;
      if (/[A-Z]/.test(word) && /[0-9]/.test(text[start + 1] ?? "")) return null;
    }
    return this.#meanings.get(folded(word)) ?? null;
  }

  #metricsOf(text, tokens, taken) {
    const metrics = {};
    tokens.forEach((token, place) => {
      if (token.meaning !== "metric" && token.meaning !== "decimal metric") return;
      let first = place;
      while (first > 0 && this.#qualifiers.has(tokens[first - 1].text.toLowerCase())) tokens[--first].meaning = "qualifier";
      const value = tokens[place + 1];
      if (value === undefined || (value.meaning !== "number" && !["nan", "inf"].includes(value.text))) return;
      taken.add(place + 1);
      const end = token.start + token.text.length;
      const between = text.slice(end, value.start);
      const isDecimal = !/^[0-9]+$/.test(value.text) || between.includes("=");
      if (/[kK]$/.test(value.text) || (token.meaning === "decimal metric" && !isDecimal)) return;
      const number = { nan: NaN, inf: Infinity }[value.text] ?? Number(value.text);
      metrics[text.slice(tokens[first].start, end)] = between.length > 1 && between.endsWith("-") ? -number : number;
    });
    return metrics;
  }

  #countsOf(tokens, taken, hasMetric) {
    const fields = {};
    const done = new Set();
    const [before, behind, beside] = this.#counts;
    for (const [counts, away] of [[before, 1], [behind, -1], [beside, 1]]) {
      if (counts === beside && !hasMetric && Object.keys(fields).length === 0) continue;
      for (const [place, { text }] of tokens.entries()) {
        const count = counts.get(folded(text));
        if (count === undefined || done.has(place)) continue;
        const value = wholeAt(tokens, place + away, taken);
        if (value === null) {
          const isOtherNumber = counts === before && tokens[place + 1]?.meaning === "number";
          if (isOtherNumber && wholeAt(tokens, place - 1, taken) === null) return null;
          continue;
        }
        if ((fields[count] ??= value) !== value) return null;
        taken.add(place + away);
        done.add(place);
      }
    }
    return (fields.epoch ?? 0n) >= EPOCHS ? null : fields;
  }
}

/** Return the whole number at a place if no other word has taken it, or null. */
function wholeAt(tokens, place, taken) {
  const endOf = ({ text, start }) => start + text.length;
  const [ahead, number, behind] = [tokens[place - 1], tokens[place], tokens[place + 1]];
  if (number === undefined || taken.has(place) || (ahead !== undefined && number.start - endOf(ahead) > 1)) return null;
  const digits = number.text.replace(/[kK]$/, "");
  if (!/^[0-9]{1,18}$/.test(digits)) return null;
  if (behind !== undefined && behind.start === endOf(number) && behind.meaning === null) return null;
  return BigInt(digits) * (digits === number.text ? 1n : 1000n);
}

/** Return the only number behind a noun or a mark, or before a noun at the start, or null. */
function indexIn(tokens, taken) {
  const found = [];
  for (const place of tokens.keys()) {
    const meaning = tokens[place - 1]?.meaning;
    const isNamed = place > 0 && (meaning === "noun" || !PLAIN.has(meaning));
    const isFirst = place === 0 && tokens[1]?.meaning === "noun";
    const value = isNamed || isFirst ? wholeAt(tokens, place, taken) : null;
    if (value === null) continue;
    found.push(value);
    if (tokens[place + 1]?.meaning === "number") return null;
  }
  return found.length === 1 ? found[0] : null;
}
