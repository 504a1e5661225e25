/**
 * The framework of a directory, and the latest, furthest and best of its names: sections 4 and 5 of docs/spec-legacy.md.
 */
import { SchemeError } from "./ckpt_scheme.mjs";
import { CANONICAL } from "./formats.mjs";
import { isTimeless, isWhole, readings, usual } from "./legacy.mjs";

const unique = (values) => [...new Set(values)];
const frameworksOf = (found) => unique(found.map(({ framework }) => framework));
const withoutSlash = (text) => text.replace(/[/]+$/, "");

function refuse(question, names, expected) {
  throw new SchemeError(question, names.join(", "), expected);
}

// ---------------------------------------------------------------------------------------------------------------------
// The framework of a directory.

/** The names of one directory, each with the readings that count. */
class Directory {
  #formats;
  #names;
  #proofs;
  #folders = new Map([["", null]]);

  /** Take the formats, and the names as `{ text, readings }`. */
  constructor(formats, names) {
    this.#formats = formats;
    const inside = names
      .map(({ text, readings }) => ({ text, found: this.#inside(text, readings) }))
      .filter(({ found }) => found.length > 0);
    this.#proofs = inside.map(({ text, found }) => ({ proved: provedBy(text, found), readers: frameworksOf(found) }));
    this.#names = inside
      .map(({ text, found }) => ({ text, found: this.#counting(found) }))
      .map(({ text, found }) => ({ readers: frameworksOf(found), isDistinctive: isDistinctive(text, found) }));
  }

  /** Return the framework that wrote the names, or null (CKS-080, 124, 146). */
  get framework() {
    return this.decide(unique(this.#names.flatMap(({ readers }) => readers)));
  }

  /** Return the framework among some that has evidence and beats the others, or null. */
  decide(rivals) {
    const hasEvidence = (one) => this.#proofs.some(({ proved }) => proved.includes(one));
    const wins = (one) => hasEvidence(one) && rivals.every((other) => other === one || this.#beats(one, other));
    return rivals.find(wins) ?? null;
  }

  /** Return the readings of a name that the names beside it allow. */
  choose(found) {
    const left = this.#counting(found);
    const decided = this.decide(frameworksOf(left));
    return decided === null ? left : left.filter(({ framework }) => framework === decided);
  }

  /** Return the readings of one name without the rare ones that do not count (CKS-147). */
  #counting(found) {
    const rivals = frameworksOf(found.filter(({ isRare }) => !isRare));
    const counts = ({ framework }) =>
      this.#proofs.some(({ proved, readers }) => proved.includes(framework) && !rivals.some((one) => readers.includes(one)));
    return rivals.length === 0 ? found : found.filter((reading) => !reading.isRare || counts(reading));
  }

  /** Return the readings of a path that count in the directories above it (CKS-125). */
  #inside(text, found) {
    const readers = this.#readersOf(withoutSlash(text).split("/").slice(0, -1).join("/"));
    return readers === null ? found : found.filter(({ framework }) => readers.includes(framework));
  }

  #readersOf(folder) {
    if (!this.#folders.has(folder)) {
      const above = this.#readersOf(folder.split("/").slice(0, -1).join("/"));
      const own = this.#formats.readings(`${folder}/`);
      const isCheckpoint = own.some(({ isShared, isRare, kind }) => !isShared && !isRare && kind !== "run_dir");
      const readers = frameworksOf(own).filter((one) => above === null || above.includes(one));
      this.#folders.set(folder, isCheckpoint ? readers : above);
    }
    return this.#folders.get(folder);
  }

  #beats(one, other) {
    for (const kind of [true, false]) {
      const groups = this.#names.filter(({ isDistinctive }) => isDistinctive === kind).map(({ readers }) => readers);
      const gains = groups.some((readers) => readers.includes(one) && !readers.includes(other));
      const losses = groups.some((readers) => readers.includes(other) && !readers.includes(one));
      if (gains || losses) return !losses;
    }
    return false;
  }
}

const hasDigit = (text) => /[0-9]/.test(withoutSlash(text).split("/").at(-1));

function isDistinctive(text, found) {
  const tells = usual(found).some(({ isShared, isFree }) => !isShared && !isFree);
  return tells && (hasDigit(text) || !found.some(isWhole));
}

/** Return the frameworks for which a name is evidence; Lightning writes `last.ckpt` and `best.ckpt` too. */
function provedBy(text, found) {
  const isEvidence = ({ isShared, framework }) => !isShared && (framework !== CANONICAL || hasDigit(text));
  return frameworksOf(usual(found).filter(isEvidence));
}

/** Return the framework that wrote the names of a directory, or null. */
export function identify(formats, names) {
  return new Directory(formats, names.map((text) => ({ text, readings: formats.readings(text) }))).framework;
}

// ---------------------------------------------------------------------------------------------------------------------
// The names to choose from.

const MEASURES = ["epoch", "step", "timestamp", "save_index", "consumed_samples", "tokens", "kimg"];
const COMPLETED = ["completed_epochs", "completed_steps"];
const WORDS = ["interrupted", "recovery", "last", "final"]; // from the earliest to the latest (CKS-129)

function countsOf({ extras, ...reading }) {
  const isInEpoch = extras.step_scope === "in_epoch";
  const numbers = { ...extras, ...reading, step: isInEpoch ? null : (extras.step_float ?? reading.step) };
  const isCount = (name) => name === "timestamp" || ["bigint", "number"].includes(typeof numbers[name]);
  const stated = [...MEASURES, ...COMPLETED].filter((name) => (numbers[name] ?? null) !== null && isCount(name));
  return Object.fromEntries(stated.map((name) => [name, numbers[name]]));
}

/** One of the names, with the readings that the names beside it leave. */
class Entry {
  constructor(text, readings) {
    this.text = text;
    this.readings = readings;
    this.whole = readings.filter(isWhole);
    this.moments = this.whole
      .filter((reading) => !isTimeless(reading))
      .map((reading) => ({ reading, counts: countsOf(reading) }))
      .filter(({ counts }) => Object.keys(counts).length > 0);
  }

  get recency() {
    const found = unique(this.whole.map(({ recency, kind }) => recency ?? (kind === "final" ? "end" : null)));
    return found.length === 1 ? found[0] : null;
  }

  /** Return the place of the latest word in the name, or -1. */
  get word() {
    return Math.max(-1, ...this.whole.map(({ kind }) => WORDS.indexOf(kind)));
  }
}

const isSame = (one, other) =>
  ["framework", "format", "epoch", "step"].every((member) => one[member] === other[member]);

/** Return the directory that a name is in; some names hold a "/" of their own. */
function directoryOf(formats, { text, readings }) {
  const parts = withoutSlash(text).split("/");
  for (let place = parts.length - 1; place > 0; place--) {
    const alone = formats.readings(parts.slice(place).join("/"));
    if (readings.every((reading) => alone.some((other) => isSame(reading, other)))) return parts.slice(0, place).join("/");
  }
  return "";
}

/** Return the whole checkpoints among names, without those in the directory of another. */
function outermost(entries) {
  const whole = entries.filter((entry) => entry.whole.length > 0);
  const paths = new Set(whole.map(({ text }) => withoutSlash(text)));
  const isInside = (parts) => parts.some((_, place) => place > 0 && paths.has(parts.slice(0, place).join("/")));
  return whole.filter(({ text }) => !isInside(withoutSlash(text).split("/")));
}

/** Return the paths of names, and of the directories that they are in. */
function pathsOf(given) {
  const ends = (parts) => parts.map((_, place) => parts.slice(0, place + 1).join("/"));
  return new Set(given.flatMap(({ text }) => ends(withoutSlash(text).split("/"))));
}

/** Return a path that is relative to the folder of a name. */
function inFolder(text, path) {
  const folder = withoutSlash(text).split("/").slice(0, -1).join("/");
  return path === "." ? folder : withoutSlash(folder === "" ? path : `${folder}/${path}`);
}

/** Return the paths of the checkpoints that are incomplete because of other names (CKS-150, 151). */
function notWhole(given, entries) {
  const named = ({ text, readings }) =>
    readings.flatMap(({ companions }) => companions.disqualifies.map((path) => inFolder(text, path)));
  const present = pathsOf(given);
  const groups = {};
  for (const { text, readings } of entries) {
    for (const { framework, format, companions } of readings) {
      const isComplete = companions.completedBy.some((path) => present.has(inFolder(text, path)));
      const group = (groups[[framework, format, inFolder(text, ".")]] ??= { true: [], false: [] });
      group[isComplete].push(withoutSlash(text));
    }
  }
  const lacking = Object.values(groups).filter((group) => group.true.length > 0);
  return new Set([...given.flatMap(named), ...lacking.flatMap((group) => group.false)]);
}

/** Return the entries for complete names: with the readings of a framework, or with those that the other names allow. */
function entriesOf(formats, names, framework) {
  let given = names.map((text) => ({ text, readings: readings(formats, text, framework) }));
  const isOfKnownWriter = (reading) => isWhole(reading) && !reading.isFallback;
  if (framework === null && given.some(({ readings }) => readings.some(isOfKnownWriter))) {
    given = given.map(({ text, readings }) => ({ text, readings: readings.filter(({ isFallback }) => !isFallback) }));
  }
  const entries = outermost(given.map(({ text, readings }) => new Entry(text, readings)));
  const directories = unique(entries.map((entry) => directoryOf(formats, entry)));
  const isOpen = framework === null && directories.length === 1;
  const known = isOpen ? new Directory(formats, given) : null;
  const left = isOpen
    ? ofCommonWriters(outermost(entries.map(({ text, readings }) => new Entry(text, known.choose(readings)))))
    : entries;
  const partial = notWhole(given, left);
  return left.filter(({ text }) => !partial.has(withoutSlash(text)));
}

/** Return entries with the readings of the frameworks that read all of them, if such frameworks exist (CKS-154). */
function ofCommonWriters(entries) {
  const readers = entries.map(({ readings }) => frameworksOf(readings)).filter((found) => !found.includes(CANONICAL));
  const common = unique(readers.flat()).filter((one) => readers.every((found) => found.includes(one)));
  if (common.length === 0) return entries;
  const counts = ({ framework }) => framework === CANONICAL || common.includes(framework);
  return entries.map(({ text, readings }) => new Entry(text, readings.filter(counts)));
}

/** Return the answer of `decide` if every framework that may have written all of the entries agrees on it. */
function agreed(question, entries, decide) {
  const open = entries.filter(({ readings }) => frameworksOf(readings).length > 1);
  if (open.length === 0) return decide(entries);
  const suspects = open.map(({ readings }) => frameworksOf(readings)).reduce((one, other) => one.filter((name) => other.includes(name)));
  const answers = suspects.map((framework) => {
    const narrowed = ({ text, readings }) => {
      const own = readings.filter((reading) => reading.framework === framework);
      return new Entry(text, own.length > 0 ? own : readings);
    };
    return decide(entries.map(narrowed));
  });
  if (answers.length > 0 && unique(answers).length === 1) return answers[0];
  return refuse(question, open.map(({ text }) => text), "names of one framework");
}

// ---------------------------------------------------------------------------------------------------------------------
// The furthest and the latest.

const codePoints = (text) => Array.from(text, (character) => character.codePointAt(0));

function compareKeys(one, other) {
  if (!Array.isArray(one)) return (one > other) - (one < other);
  for (let place = 0; place < Math.min(one.length, other.length); place++) {
    const difference = compareKeys(one[place], other[place]);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Return the entry with the lowest key, or with the highest one if `sign` is -1. */
function extreme(entries, sign, keyOf) {
  const keyed = entries.map((entry) => ({ entry, key: keyOf(entry) }));
  return keyed.reduce((one, other) => (sign * compareKeys(other.key, one.key) < 0 ? other : one)).entry;
}

function furthestOf(entries) {
  if (entries.length === 0) return null;
  const moments = entries.flatMap((entry) => entry.moments);
  const writers = frameworksOf(moments.map(({ reading }) => reading)).filter((name) => name !== CANONICAL);
  const isShared = (measure) => entries.every((entry) => entry.moments.some(({ counts }) => measure in counts));
  const measure = (writers.length > 1 ? COMPLETED : MEASURES).find(isShared);
  if (measure === undefined) refuse("furthest", entries.map(({ text }) => text), "names that count the same");
  return extreme(entries, -1, (entry) => {
    const stated = entry.moments.filter(({ counts }) => measure in counts);
    const [{ reading, counts }] = stated;
    if (stated.some((other) => other.counts[measure] != counts[measure])) refuse("furthest", [entry.text], "one meaning");
    const isOrdinary = reading.kind !== "best" && !WORDS.includes(reading.kind);
    const within = [reading.step ?? Infinity, reading.epoch ?? 0];
    const metrics = reading.framework === CANONICAL ? Object.entries(reading.metrics) : [];
    const metric = metrics.map(([name, value]) => [codePoints(name), value]);
    return [counts[measure], ...within, Number(isOrdinary), reading.version ?? 0, metric, codePoints(entry.text)];
  }).text;
}

/** Return the only name, or null if there is none; several are refused (CKS-137, 139). */
function onlyOf(question, entries) {
  const names = unique(entries.filter(({ whole }) => whole.length > 0).map(({ text }) => text));
  return names.length > 1 ? refuse(question, names, "one name, or a number that decides") : (names[0] ?? null);
}

function lastByWord(entries) {
  const word = Math.max(-1, ...entries.map((entry) => entry.word));
  return onlyOf("latest", entries.filter((entry) => word >= 0 && entry.word === word));
}

function latestOf(entries, numbered) {
  const unnumbered = entries.filter((entry) => !numbered.includes(entry));
  for (const recency of ["current", "end"]) {
    const named = unnumbered.filter((entry) => entry.recency === recency);
    if (named.length > 0) return agreed("latest", named, (found) => onlyOf("latest", found));
  }
  if (numbered.length > 0) return agreed("latest", numbered, furthestOf);
  return agreed("latest", unnumbered.filter(({ word }) => word >= 0), lastByWord);
}

function inOneDirectory(question, formats, entries) {
  const directories = unique(entries.map((entry) => directoryOf(formats, entry)));
  if (directories.length > 1) refuse(question, directories, "names of one directory");
}

/** Return the name with the highest number, or null. */
export function furthest(formats, names, framework = null) {
  const numbered = entriesOf(formats, names, framework).filter(({ moments }) => moments.length > 0);
  inOneDirectory("furthest", formats, numbered);
  return agreed("furthest", numbered, furthestOf);
}

/** Return the name from which a run resumes, or null. */
export function latest(formats, names, framework = null) {
  const entries = entriesOf(formats, names, framework);
  const numbered = entries.filter(({ moments }) => moments.length > 0);
  inOneDirectory("latest", formats, [...numbered, ...entries.filter(({ word }) => word >= 0)]);
  return latestOf(entries, numbered);
}

// ---------------------------------------------------------------------------------------------------------------------
// The best.

/** Return the metrics that a reading names, with or without their values. */
const metricsOf = ({ metrics, extras }) =>
  [...Object.keys(metrics), extras.metric_name].filter((name) => typeof name === "string");

const isBest = ({ kind }) => kind === "best";

/** Return the name with the best value of a metric; without a metric, the best of the names with a best kind; or null. */
export function best(formats, names, metric, mode, framework = null) {
  if (mode !== "max" && mode !== "min") throw new SchemeError("mode", mode, '"max" or "min"');
  const entries = entriesOf(formats, names, framework);
  const named = entries.filter(({ whole }) => whole.some(isBest));
  if (metric !== null) return bestByValue(entries, metric, mode) ?? onlyOf("best", named.filter((entry) => says(entry, metric)));
  const metrics = unique(named.flatMap(({ whole }) => whole.flatMap(metricsOf)));
  if (metrics.length > 1) refuse("best", metrics, "one metric");
  return bestByValue(named, metrics[0], mode) ?? onlyOf("best", named);
}

const says = ({ whole }, metric) => whole.some((reading) => isBest(reading) && metricsOf(reading).includes(metric));

function bestByValue(entries, metric, mode) {
  const measured = entries.filter(({ readings }) => {
    const first = readings.find(({ metrics }) => metric in metrics);
    return first !== undefined && !Number.isNaN(first.metrics[metric]);
  });
  if (measured.length === 0) return null;
  return extreme(measured, 1, ({ text, readings }) => {
    const stated = readings.filter(({ metrics }) => metric in metrics);
    const [reading] = stated;
    const value = reading.metrics[metric];
    const isOpen = !stated.every((other) => isWhole(other) && other.metrics[metric] === value);
    if (isOpen) refuse("best", [text], "one meaning");
    const moment = [reading.epoch ?? Infinity, reading.step ?? Infinity, reading.version ?? 0];
    return [mode === "max" ? -value : value, Number(!isBest(reading)), ...moment, codePoints(text)];
  }).text;
}
