/**
 * The checkpoint naming scheme, version 1.0: levels core, selection, patterns and labels.
 *
 * Without dependencies, for Node and browsers. Epochs, steps and versions are `bigint`, since they may exceed 2^53.
 * A timestamp is text without a zone, `2025-10-15T12:00:00`. An absent field is `null`.
 */

export const SPEC_VERSION = "1.0";

/** A refused input: a text that is not a name, or a value that no field can have. */
export class SchemeError extends Error {
  constructor(kind, input, expected) {
    super(`invalid ${kind} ${typeof input === "string" ? JSON.stringify(input) : String(input)}: expected ${expected}`);
    this.name = "SchemeError";
    Object.assign(this, { kind, input, expected });
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Fields. Each has a rule (a regular expression for the text), `spell` (value to text) and `read` (text to value); for
// patterns also a glob for any text, and `globs(width)`: fixed-width globs for exactly the texts of one width.

const DIGIT = "[0-9]";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const union = (alternatives) => `(?:${alternatives.join("|")})`;
const product = (...choices) =>
  choices.reduce((starts, ends) => starts.flatMap((start) => ends.map((end) => start + end)), [""]);
const whole = (rule) => new RegExp(`^(?:${rule})$`, "u");
const isWhole = (rule, text) => typeof text === "string" && whole(rule).test(text);

/** A field whose values are texts: ASCII letters, digits and `others`, a letter or digit first (CKS-010 to 012). */
function label(name, others, longest) {
  const word = `[0-9A-Za-z${others.replace("-", "")}]`; // engines disagree about a lone "-" in a class (CKS-118)
  const rule = `[0-9A-Za-z]${others.includes("-") ? union([word, "-"]) : word}{0,${longest - 1}}`;
  const spell = (value) => {
    if (isWhole(rule, value)) return value;
    throw new SchemeError(name, value, `1 to ${longest} of A-Z a-z 0-9 ${[...others].join(" ")}, a letter or digit first`);
  };
  const globs = (width) => [`[0-9${LETTERS}]` + `[0-9${LETTERS}${others}]`.repeat(width - 1)];
  return { name, others, rule, spell, read: String, glob: "*", shortest: 1, longest, globs };
}

/** A field whose values are integers from `lowest` to 10^18 - 1, padded to `digits` (CKS-020, 021, 024). */
function integer(name, lowest, digits) {
  const long = `[1-9][0-9]{${lowest ? digits - 1 : digits},17}`;
  const rule = lowest ? long : union([`[0-9]{${digits}}`, long]);
  const spell = (value) => {
    const isInteger = typeof value === "bigint" || Number.isSafeInteger(value);
    if (isInteger && value >= lowest && value < 10n ** 18n) return String(value).padStart(digits, "0");
    throw new SchemeError(name, value, `an integer from ${lowest} to 10^18 - 1`);
  };
  const globs = (width) => [(width === digits && !lowest ? DIGIT : "[1-9]") + DIGIT.repeat(width - 1)];
  return { name, rule, spell, read: BigInt, glob: DIGIT.repeat(digits) + "*", shortest: digits, longest: 18, globs };
}

const DIGITS_4 = DIGIT.repeat(4);
const NONZERO_4 = ["[0-9][0-9][0-9][1-9]", "[0-9][0-9][1-9]0", "[0-9][1-9]00", "[1-9]000"];

/** Round a double to four decimals, of two equally near texts to the even one (CKS-023, 028, 029). */
function spellValue(value) {
  const size = Math.abs(value);
  let text = size.toFixed(4); // exact, but of two equally near texts it takes the higher
  // A double lies exactly between two multiples of 0.0001 only if it is an odd multiple of 1/32.
  const isTie = (size * 32) % 2 === 1;
  if (isTie && "13579".includes(text.at(-1))) text = (size - 2 ** -15).toFixed(4);
  if (typeof value === "number" && /^[0-9]{1,11}[.]/.test(text)) return (value < 0 && Number(text) ? "-" : "") + text;
  throw new SchemeError("value", value, "a finite number of at most 11 integer digits after rounding");
}

function valueGlobs(width) {
  const digits = width - ".0000".length; // before the point, with the sign
  const found = [];
  if (digits === 1) found.push(DIGIT);
  else if (digits <= 11) found.push("[1-9]" + DIGIT.repeat(digits - 1));
  if (digits > 1) found.push("-[1-9]" + DIGIT.repeat(digits - 2));
  return [...product(found, ["." + DIGITS_4]), ...(digits === 2 ? product(["-0."], NONZERO_4) : [])];
}

const DAYS = [
  ...product(["0[13578]", "1[02]"], ["0[1-9]", "[12][0-9]", "3[01]"]),
  ...product(["0[469]", "11"], ["0[1-9]", "[12][0-9]", "30"]),
  ...product(["02"], ["0[1-9]", "1[0-9]", "2[0-8]"]),
];
const FOURTHS = ["0[48]", "[2468][048]", "[13579][26]"]; // the multiples of 4 from 04 to 96
const LEAP_DAYS = product([...product([DIGIT + DIGIT], FOURTHS), ...product(FOURTHS, ["00"])], ["0229"]);
const TIMES = product(["[01][0-9]", "2[0-3]"], ["[0-5][0-9][0-5][0-9]"]);
const TIMESTAMP_RULE = `${union([union(NONZERO_4) + union(DAYS), ...LEAP_DAYS])}_${union(TIMES)}`;

function spellTimestamp(value) {
  const parts = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})$/.exec(value);
  const text = parts && `${parts.slice(1, 4).join("")}_${parts.slice(4).join("")}`;
  if (isWhole(TIMESTAMP_RULE, text)) return text;
  throw new SchemeError("timestamp", value, "YYYY-MM-DDTHH:MM:SS, a day of the years 0001 to 9999, without a zone");
}

const COMPRESSIONS = ["gz", "zst", "xz"];

function spellCompression(value) {
  if (COMPRESSIONS.includes(value)) return value;
  throw new SchemeError("compression", value, `one of ${COMPRESSIONS.join(", ")}`);
}

const TAG = label("tag", "_", 64);
const ARCHITECTURE = label("architecture", "_", 64);
const ENCODER = label("encoder", "_-", 64);
const PHASE = label("phase", "-", 32);
const METRIC = label("metric", "_", 64);
const EPOCH = integer("epoch", 0, 2);
const STEP = integer("step", 0, 6);
const VERSION = integer("version", 1, 1);
const VALUE = {
  ...{ name: "value", spell: spellValue, read: Number, shortest: 6, longest: 17, globs: valueGlobs },
  rule: union([`-?[1-9][0-9]{0,10}[.]${DIGITS_4}`, `0[.]${DIGITS_4}`, `-0[.]${union(NONZERO_4)}`]),
  glob: `*[0-9].${DIGITS_4}`,
};
const TIMESTAMP = {
  ...{ name: "timestamp", spell: spellTimestamp, rule: TIMESTAMP_RULE, shortest: 15, longest: 15 },
  read: (text) => text.replace(/(....)(..)(..)_(..)(..)(..)/, "$1-$2-$3T$4:$5:$6"),
  glob: `${DIGITS_4}${DIGITS_4}_${DIGITS_4}[0-9][0-9]`,
  globs: () => product([...product(NONZERO_4, DAYS), ...LEAP_DAYS], ["_"], TIMES),
};
const COMPRESSION = {
  ...{ name: "compression", spell: spellCompression, read: String, rule: union(COMPRESSIONS), shortest: 2, longest: 3 },
  glob: "*",
  globs: (width) => COMPRESSIONS.filter((text) => text.length === width),
};
const FIELDS = {};
for (const field of [TAG, ARCHITECTURE, ENCODER, PHASE, TIMESTAMP, COMPRESSION, EPOCH, STEP, METRIC, VALUE, VERSION]) {
  FIELDS[field.name] = field;
}

// ---------------------------------------------------------------------------------------------------------------------
// Templates: the rules of the grammar as literals, fields, and arrays for parts that may be absent. Parsing, formatting
// and every projection of a pattern follow from them.

const CHECKPOINTS = "checkpoints";
const RUN = [TAG, "-", ARCHITECTURE, ["-", ENCODER], "_", PHASE, "_", TIMESTAMP];
const OF_BEST = (field) => ({ ...field, group: `best_${field.name}` }); // no two groups may have one name (CKS-122)
const FORMS = {
  best: ["best", ["-", OF_BEST(METRIC), "-", OF_BEST(VALUE)], ["_v", OF_BEST(VERSION)], ".ckpt"],
  epoch: ["epoch-", EPOCH, "_step-", STEP, ["_", METRIC, "-", VALUE], ["_v", VERSION], ".ckpt"],
  last: ["last.ckpt"],
};
const ORDER_OF_FORMS = Object.keys(FORMS);
const ARCHIVE_END = [".tar", [".", COMPRESSION]];
const ARCHIVE = [...RUN, ...ARCHIVE_END];

function templateOf(form) {
  if (Object.hasOwn(FORMS, form)) return FORMS[form];
  throw new SchemeError("form", form, `one of ${ORDER_OF_FORMS.join(", ")}`);
}

const isField = (part) => typeof part === "object" && !Array.isArray(part);
const fieldsOf = (template) => template.flat().filter(isField);
const escapeRegex = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** Return the given fields as texts; an absent one is null, an open one undefined. */
function spelled(given) {
  const spell = (name, value) => {
    if (!Object.hasOwn(FIELDS, name)) throw new SchemeError("field", name, `one of ${Object.keys(FIELDS).join(", ")}`);
    return value === null || value === undefined ? value : FIELDS[name].spell(value);
  };
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, spell(name, value)]));
}

/** Return the row of a template: given fields become texts. Null if no name of the template has the fields (CKS-120). */
function rowOf(template, texts) {
  const has = fieldsOf(template).map((field) => field.name);
  const isGiven = (name) => typeof texts[name] === "string";
  if (Object.keys(texts).some((name) => isGiven(name) && !has.includes(name))) return null;
  const row = [];
  for (const part of template) {
    const names = fieldsOf([part]).map((field) => field.name);
    const filled = [part].flat().map((one) => (isField(one) ? { field: one, text: texts[one.name] } : one));
    const isAbsent = names.some((name) => texts[name] === null);
    if (isAbsent && (!Array.isArray(part) || names.some(isGiven))) return null;
    if (!isAbsent) row.push(...(Array.isArray(part) && !names.some(isGiven) ? [filled] : filled));
  }
  return row;
}

function format(kind, template, given) {
  const absent = Object.fromEntries(fieldsOf(template).map((field) => [field.name, null]));
  const row = rowOf(template, { ...absent, ...spelled(given) });
  if (row === null) throw new SchemeError(kind, Object.keys(given).join(", "), "the fields of one name");
  return row.map((part) => part.text ?? part).join("");
}

const groupOf = (field) => field.group ?? field.name;

/** Return a regular expression for the texts of a row, with a group for each field. */
function rowRegex(row) {
  const regex = (part) => {
    if (typeof part === "string") return escapeRegex(part);
    if (Array.isArray(part)) return `(?:${rowRegex(part)})?`;
    return `(?<${groupOf(part.field)}>${part.text ? escapeRegex(part.text) : part.field.rule})`;
  };
  return row.map(regex).join("");
}

const readers = new Map();

/** Return the fields of a text, or null if it does not match the template. */
function fieldsIn(template, text) {
  if (!readers.has(template)) readers.set(template, whole(rowRegex(rowOf(template, {}))));
  const found = typeof text === "string" && readers.get(template).exec(text);
  if (!found) return null;
  const value = (field) => found.groups?.[groupOf(field)];
  return Object.fromEntries(
    fieldsOf(template).map((field) => [field.name, value(field) === undefined ? null : field.read(value(field))]),
  );
}

function required(kind, text, fields, expected) {
  if (fields === null) throw new SchemeError(kind, text, expected);
  return Object.freeze(fields);
}

// ---------------------------------------------------------------------------------------------------------------------
// Names and paths.

/** Read a run identifier: `tag`, `architecture`, `encoder`, `phase`, `timestamp`. */
export const parseRunId = (text) =>
  required("run id", text, fieldsIn(RUN, text), "<tag>-<architecture>[-<encoder>]_<phase>_<YYYYMMDD>_<HHMMSS>");

/** The inverse of `parseRunId`. */
export const formatRunId = (run) => format("run id", RUN, run);

/** Read a checkpoint name: `form`, and `epoch`, `step`, `metric`, `value`, `version`, each null if the form has none. */
export function parseCheckpointName(text) {
  const none = { epoch: null, step: null, metric: null, value: null, version: null };
  const form = ORDER_OF_FORMS.find((form) => fieldsIn(FORMS[form], text) !== null);
  const name = form === undefined ? null : { form, ...none, ...fieldsIn(FORMS[form], text) };
  return required("checkpoint name", text, name, "epoch-<epoch>_step-<step>..., best... or last, and .ckpt");
}

/** The inverse of `parseCheckpointName`. */
export function formatCheckpointName({ form, ...fields }) {
  return format("checkpoint name", templateOf(form), fields);
}

/** Read the name of a run archive: the text `run`, and `compression`, null for a plain `.tar`. */
export function parseRunArchive(text) {
  const fields = fieldsIn(ARCHIVE, text);
  const archive = fields && { run: text.slice(0, text.indexOf(".")), compression: fields.compression };
  return required("run archive", text, archive, "a run id and .tar, .tar.gz, .tar.zst or .tar.xz");
}

/** The inverse of `parseRunArchive`. */
export function formatRunArchive({ run, compression = null }) {
  parseRunId(run);
  return run + format("run archive", ARCHIVE_END, { compression });
}

/** Read the path of a run directory: `root`, the text `run`, and the paths `checkpoints`, `logs`, `submissions`. */
export function parseRunDirectory(text) {
  const parts = /^(?:([^\x00]+)[/])?([^/]+)$/u.exec(text);
  const directory = parts && fieldsIn(RUN, parts[2]) && { root: parts[1] ?? null, run: parts[2] };
  required("run directory", text, directory, "[<root>/]<run id>");
  const folders = [CHECKPOINTS, "logs", "submissions"].map((folder) => [folder, `${text}/${folder}`]);
  return Object.freeze({ ...directory, ...Object.fromEntries(folders) });
}

/** Read the path of a checkpoint: `root`, null for a path without one, and the texts `run` and `name`. */
export function parseCheckpointPath(text) {
  const parts = /^([^\x00]+)[/]checkpoints[/]([^/]+)$/u.exec(text);
  if (parts === null) throw new SchemeError("checkpoint path", text, "[<root>/]<run id>/checkpoints/<checkpoint name>");
  const { root, run } = parseRunDirectory(parts[1]);
  parseCheckpointName(parts[2]);
  return Object.freeze({ root, run, name: parts[2] });
}

// ---------------------------------------------------------------------------------------------------------------------
// Order and selection.

/** Compare two keys: arrays of equal shape, whose members are null (first), numbers, texts or such arrays. */
function compareKeys(one, other) {
  if (one === null || other === null) return (one !== null) - (other !== null);
  if (!Array.isArray(one)) return (one > other) - (one < other);
  for (let place = 0; place < Math.min(one.length, other.length); place++) {
    const difference = compareKeys(one[place], other[place]);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

const codePoints = (text) => Array.from(text, (character) => character.codePointAt(0)); // "<" compares UTF-16 units
const runKey = (text) => [parseRunId(text).timestamp, text];
const nameKey = ({ form, epoch, step, metric, value, version }) => {
  return [ORDER_OF_FORMS.indexOf(form), epoch, step, metric, value, version];
};

function pathKey(text) {
  const { root, run, name } = parseCheckpointPath(text);
  return [runKey(run), nameKey(parseCheckpointName(name)), root && codePoints(root)];
}

/** Compare two run identifiers, for `Array.prototype.sort` (CKS-041). */
export const compareRunIds = (one, other) => compareKeys(runKey(one), runKey(other));

/** Compare two checkpoint names, for `Array.prototype.sort` (CKS-040). */
export const compareCheckpointNames = (one, other) =>
  compareKeys(nameKey(parseCheckpointName(one)), nameKey(parseCheckpointName(other)));

/** Compare two checkpoint paths, for `Array.prototype.sort` (CKS-046). */
export const compareCheckpointPaths = (one, other) => compareKeys(pathKey(one), pathKey(other));

/** Return the names or paths of some forms as `{ text, directory, name }`; others, canonical or not, are left out. */
function readable(texts, forms) {
  const found = [];
  for (const text of texts) {
    const [, directory, last] = /^(?:([^]*)[/])?([^/]*)$/u.exec(text);
    const form = forms.find((form) => fieldsIn(FORMS[form], last) !== null);
    if (form !== undefined) found.push({ text, directory: directory ?? "", name: parseCheckpointName(last) });
  }
  return found;
}

function ofOneDirectory(texts, forms) {
  const found = readable(texts, forms);
  const directories = new Set(found.map(({ directory }) => directory));
  if (directories.size > 1) throw new SchemeError("selection", [...directories].join(", "), "names of one directory");
  return found;
}

/** Return the name or path with the highest epoch, then step, then version, of one directory; or null (CKS-103). */
export function furthest(texts) {
  const key = ({ name }) => [name.epoch, name.step, name.version, nameKey(name)];
  const found = ofOneDirectory(texts, ["epoch"]);
  return found.sort((one, other) => compareKeys(key(other), key(one)))[0]?.text ?? null;
}

/** Return the name or path from which a run resumes: `last.ckpt`, or else the furthest; or null (CKS-048, 049). */
export function latest(texts) {
  const last = ofOneDirectory(texts, ["epoch", "last"]).find(({ name }) => name.form === "last");
  return last?.text ?? furthest(texts);
}

/** Return the name or path with the best value of a metric, or null; `mode` is "max" or "min" (CKS-043, 107, 108). */
export function best(texts, metric, mode) {
  METRIC.spell(metric);
  if (mode !== "max" && mode !== "min") throw new SchemeError("mode", mode, '"max" or "min"');
  const found = readable(texts, ["best", "epoch"]).filter(({ name }) => name.metric === metric);
  const sign = mode === "max" ? -1 : 1;
  const key = ({ name, directory }) => [sign * name.value, nameKey(name), codePoints(directory)];
  return found.sort((one, other) => compareKeys(key(one), key(other)))[0]?.text ?? null;
}

// ---------------------------------------------------------------------------------------------------------------------
// Patterns.

const MOST_GLOBS = 1000;
const ROOT = "[^\\x00]+";

function rootGlob(root) {
  if (root === null) return "";
  if (root === undefined) throw new SchemeError("root", root, "a given root: no glob says any depth, use regex()");
  if (!/[\\{}()\x00-\x1f\x7f-\x9f]/.test(root)) return root.replace(/[*?[]/g, "[$&]") + "/";
  throw new SchemeError("root", root, "a root without \\ { } ( ) and control characters");
}

/** Return one glob for several rows: their common start, "*" and their common end, in units (CKS-056 to 058). */
function rowsGlob(rows) {
  const spell = (part) => (Array.isArray(part) ? "*" : (part.text ?? part.field?.glob ?? part));
  const globs = rows.map((row) => row.map(spell).join("").match(/\[0-9\]|./g));
  const common = ([first, ...others]) => {
    const end = first.findIndex((unit, place) => others.some((units) => units[place] !== unit));
    return end === -1 ? first : first.slice(0, end);
  };
  const start = common(globs);
  const rests = globs.map((units) => units.slice(start.length).reverse());
  const end = common(rests).reverse();
  const middle = rests.some((rest) => rest.length > end.length) ? "*" : "";
  return [...start, middle, ...end].join("").replace(/[*]{2,}/g, "*");
}

/** Return the fixed-width globs of a row, none of whose open fields exceeds a width. */
function rowGlobs(row, width) {
  const choices = (part) => {
    if (Array.isArray(part)) return ["", ...rowGlobs(part, width)];
    if (typeof part === "string" || part.text) return [part.text ?? part];
    const { shortest, longest, globs } = part.field;
    const widest = shortest === longest ? longest : Math.min(longest, width);
    return Array.from({ length: Math.max(widest - shortest + 1, 0) }, (_, more) => globs(shortest + more)).flat();
  };
  const add = (starts, ends) => {
    if (starts.length * ends.length <= MOST_GLOBS) return product(starts, ends);
    throw new SchemeError("width", width, `a width that needs at most ${MOST_GLOBS} globs: use regex()`);
  };
  return row.map(choices).reduce(add, [""]);
}

/** Names with holes: a given field has a value, or is null for an absent one; the others are open. */
class Pattern {
  #root;
  #components;
  #exact;

  /** Take the root (null if absent, undefined if open), and for each component the rows of the forms that can agree. */
  constructor(root, ...components) {
    this.#root = root;
    this.#components = components;
    this.#exact = whole(this.regex());
  }

  get rows() {
    const join = (fronts, ends) => fronts.flatMap((front) => ends.map((end) => [...front, `/${CHECKPOINTS}/`, ...end]));
    return this.#components.reduce(join);
  }

  /** Return one portable glob for all names that agree, and some others (CKS-050). */
  glob() {
    return rootGlob(this.#root) + this.#components.map(rowsGlob).join(`/${CHECKPOINTS}/`);
  }

  /** Return globs of a fixed width for exactly the names that agree and have no wider open field (CKS-053). */
  globs(width = 8) {
    if (!(Number.isSafeInteger(width) && width > 0)) throw new SchemeError("width", width, "an integer of at least 1");
    const start = rootGlob(this.#root);
    return this.rows.flatMap((row) => rowGlobs(row, width)).map((glob) => start + glob);
  }

  /** Return a regular expression, without anchors, for exactly the names that agree (CKS-054, 119, 122). */
  regex({ groups = false } = {}) {
    const root = this.#root === undefined ? `(?:(?<root>${ROOT})/)?` : this.#root && `(?<root>${escapeRegex(this.#root)})/`;
    const regex = (root ?? "") + this.#components.map((rows) => union(rows.map(rowRegex))).join(`/${CHECKPOINTS}/`);
    return groups ? regex : regex.replace(/\(\?<[a-z_]+>/g, "(?:");
  }

  /** Return whether a text is a name that agrees (CKS-055). */
  matches(text) {
    return typeof text === "string" && this.#exact.test(text);
  }
}

function patternOf(templates, given) {
  const texts = spelled(given);
  const rows = templates.map((template) => rowOf(template, texts)).filter((row) => row !== null);
  if (rows.length > 0) return new Pattern(null, rows);
  throw new SchemeError("pattern", Object.keys(given).join(", "), "fields that one name can have together");
}

/** Make a pattern for run identifiers, such as `runPattern({ encoder: null })`. */
export const runPattern = (given = {}) => patternOf([RUN], given);

/** Make a pattern for run archives, such as `archivePattern(runPattern(), { compression: "zst" })`. */
export function archivePattern(run, given = {}) {
  const [end] = patternOf([ARCHIVE_END], given).rows;
  return new Pattern(null, run.rows.map((row) => [...row, ...end]));
}

/** Make a pattern for checkpoint names, such as `checkpointPattern({ form: "best", metric: "hmean" })`. */
export function checkpointPattern({ form, ...given } = {}) {
  return patternOf(form === undefined ? Object.values(FORMS) : [templateOf(form)], given);
}

/** Make a pattern for checkpoint paths: a root, null for paths without one, and patterns for the two names. */
export function pathPattern({ root, run = runPattern(), checkpoint = checkpointPattern() } = {}) {
  const isText = root !== null && root !== undefined;
  if (isText && !isWhole(ROOT, root)) throw new SchemeError("root", root, "a text without NUL, or null");
  return new Pattern(root, run.rows, checkpoint.rows);
}

// ---------------------------------------------------------------------------------------------------------------------
// Labels from elsewhere.

/** Make a label of a field from any text (CKS-070, 072, 073). */
export function sanitizeLabel(text, field = "tag") {
  const known = FIELDS[field];
  if (known?.others === undefined) throw new SchemeError("label field", field, "a field whose values are labels");
  if (isWhole(known.rule, text)) return text;
  const joiner = field === "phase" ? "-" : "_";
  const label = text.replace(new RegExp(`[^0-9A-Za-z${known.others}]+`, "gu"), joiner).replace(/^[-_]+|[-_]+$/g, "");
  if (label === "") throw new SchemeError(field, text, "an ASCII letter or digit");
  return label.slice(0, known.longest);
}

/** Make the name of a metric from the key of a logged value (CKS-071). */
export function metricNameFromLogged(key) {
  const named = key.replace(/[/]dataloader_idx_([0-9]+)$/, "_dl$1");
  return sanitizeLabel(named.slice(named.lastIndexOf("/") + 1), "metric");
}
