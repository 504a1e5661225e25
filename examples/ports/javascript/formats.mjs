/**
 * Names of other frameworks, read with the formats of JSON files: sections 2 and 6 of docs/spec-legacy.md.
 *
 * Without dependencies, for Node 20 or later and for browsers with the RegExp flag `v`. Epochs, steps, versions and
 * other whole numbers are `bigint`. A timestamp is text without a zone. An absent field is `null`.
 */
import { parseCheckpointName, SchemeError } from "./ckpt_scheme.mjs";
import { Vocabulary } from "./words.mjs";

/** The framework of a canonical name. */
export const CANONICAL = "ckpt_scheme";

const whole = (pattern) => new RegExp(`^(?:${pattern})$`, "v");
const escape = (text) => text.replace(/[\\^$.*+?()[\]{}|\/]/g, "\\$&");
const isObject = (value) => typeof value === "object" && value !== null;

// ---------------------------------------------------------------------------------------------------------------------
// Conversions. Each takes the member of a type, the name of the field and its text. It returns the fields that the text
// states, or null if it refuses the text.

const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];
const CODES = {
  ...{ "%Y": "[0-9]{4}", "%m": "[0-9]{2}", "%d": "[0-9]{2}", "%H": "[0-9]{2}", "%M": "[0-9]{2}", "%S": "[0-9]{2}" },
  ...{ "%f": "[0-9]{6}", "%I": "(?:0[1-9]|1[0-2])", "%p": "[AP]M", "%B": `(?:${MONTHS.join("|")})` },
};

function toNumber(text) {
  const named = { nan: NaN, inf: Infinity, "-inf": -Infinity };
  return Object.hasOwn(named, text) ? named[text] : Number(text);
}

const padded = (number, width) => String(number).padStart(width, "0");

/** Return the moment at the end of a text as `YYYY-MM-DDTHH:MM:SS`, with six more digits if it has microseconds. */
function momentOf(layout, text) {
  const parts = layout.match(/%[A-Za-z]|[^]/gv);
  const codes = parts.filter((part) => Object.hasOwn(CODES, part));
  const pattern = parts.map((part) => (Object.hasOwn(CODES, part) ? `(${CODES[part]})` : escape(part))).join("");
  const found = new RegExp(`${pattern}$`, "v").exec(text);
  if (found === null) return null;
  const units = Object.fromEntries(codes.map((code, place) => [code, found[place + 1]]));
  const number = (code, otherwise) => Number(units[code] ?? otherwise);
  const year = number("%Y");
  const month = "%B" in units ? MONTHS.indexOf(units["%B"]) + 1 : number("%m", 1);
  const day = number("%d", 1);
  const hour = "%I" in units ? (number("%I") % 12) + (units["%p"] === "PM" ? 12 : 0) : number("%H", 0);
  const [minute, second] = [number("%M", 0), number("%S", 0)];
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  const exists = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days;
  if (!exists || hour > 23 || minute > 59 || second > 59) return null;
  const fraction = Number(units["%f"] ?? 0) === 0 ? "" : `.${units["%f"]}`;
  const time = [hour, minute, second].map((unit) => padded(unit, 2)).join(":");
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}T${time}${fraction}`;
}

const LOGGED =
  /(?:^|[\-_])([A-Za-z][0-9A-Za-z_.@\/]*)=(-?(?:[0-9]{1,22}(?:\.[0-9]{1,30})?(?:e[+\-]?[0-9]{1,3})?|inf)|nan)/gv;

/** Return the fields of a list such as `epoch=3-val_loss=0.12`, or null if it is no such list. */
function loggedIn(text, { requires = [], refuses = [] }) {
  const metrics = {};
  const fields = { metrics };
  for (const [, key, value] of text.matchAll(LOGGED)) {
    if ((key !== "metrics" && Object.hasOwn(fields, key)) || Object.hasOwn(metrics, key)) return null;
    const isCount = /^[0-9]+$/.test(value);
    if (key === "epoch" || key === "step") {
      if (!isCount || value.length > 18) return null;
      fields[key] = BigInt(value);
    } else if (key === "consumed_samples") fields[key] = toNumber(value);
    else if (isCount && /(?:epoch|step)$/i.test(key)) return null;
    else metrics[key] = toNumber(value);
  }
  const states = (key) => (key === "metric" ? Object.keys(metrics).length > 0 : key in fields || key in metrics);
  return requires.every(states) && !refuses.some(states) ? fields : null;
}

function ownerOf(ending, field, text) {
  const fields = { [field]: text + ending };
  for (const [, name, digits] of text.matchAll(/(?<![A-Za-z])(epoch|step)[=_\-]([0-9]{1,18})/gv)) {
    fields[name] = BigInt(digits);
  }
  return fields;
}

function withSlashAfter(words, text) {
  const starts = words.filter((word) => text.startsWith(`${word}_`)).sort((one, other) => other.length - one.length);
  return starts.length > 0 ? `${starts[0]}/${text.slice(starts[0].length + 1)}` : text;
}

const CONVERSIONS = {
  integer: (_, field, text) => ({ [field]: BigInt(text) }),
  number: (_, field, text) => ({ [field]: toNumber(text) }),
  nothing: () => ({}),
  metrics: (options, _, text) => loggedIn(text, options),
  owner: ownerOf,
  slash_after: (words, field, text) => ({ [field]: withSlashAfter(words, text) }),
  timestamp: (layout, field, text) => {
    const moment = momentOf(layout, text);
    return moment === null ? null : { [field]: moment };
  },
  words: (options, _, text, vocabulary) => vocabulary.read(text, options),
};

// ---------------------------------------------------------------------------------------------------------------------
// Types of fields.

/**
 * Return the member `field_types` of a file with every `like` replaced by the members of the named type. Each has the
 * common words, too.
 */
function resolvedTypes(declared, inherited, vocabulary) {
  const types = { ...inherited };
  const resolve = (name) => {
    const { like, ...own } = declared[name];
    const { description, ...model } = like === undefined ? {} : Object.hasOwn(declared, like) ? resolve(like) : types[like];
    return { ...model, ...own, vocabulary };
  };
  for (const name of Object.keys(declared)) types[name] = resolve(name);
  return types;
}

/** Return the fields that the text of a field states, or null if the text is not of the type. */
function fieldsOf(type, field, text) {
  const { refuse = [], convert, keep, vocabulary } = type;
  if (refuse.some((pattern) => whole(pattern).test(text))) return null;
  const [name, options] = isObject(convert) ? Object.entries(convert)[0] : [convert];
  const fields = convert === undefined ? { [field]: text } : CONVERSIONS[name](options, field, text, vocabulary);
  return fields === null || keep === undefined ? fields : { [keep]: text, ...fields };
}

// ---------------------------------------------------------------------------------------------------------------------
// Templates.

/** Return the parts of a template: literal text, and fields as `{ field, type }`. */
function partsOf(template, types) {
  const parts = [];
  for (const [part, field, type] of template.matchAll(/\{\{|\}\}|\{([^:\{\}]+):([^\{\}]+)\}|[^\{\}]+/gv)) {
    if (field === undefined) parts.push(part === "{{" || part === "}}" ? part[0] : part);
    else parts.push({ field, type: types[type] });
  }
  return parts;
}

/** One spelling of a format: a folder or nothing, the template, an extension or nothing. */
class Spelling {
  #parts;
  #matcher = null;

  constructor(template, types) {
    this.#parts = partsOf(template, types);
    const literals = this.#parts.filter((part) => !isObject(part));
    this.literal = literals.reduce((length, text) => length + Array.from(text).length, 0);
    this.free = this.#parts.filter((part) => part.type?.free).length;
  }

  /** Return the fields of a name and their texts, or null if it is not of this spelling. */
  read(name) {
    const [first, last] = [this.#parts[0], this.#parts.at(-1)];
    if ((!isObject(first) && !name.startsWith(first)) || (!isObject(last) && !name.endsWith(last))) return null;
    const match = this.#match(name);
    if (match === null) return null;
    const texts = {};
    const types = {};
    this.#parts.filter(isObject).forEach(({ field, type }, place) => {
      (texts[field] ??= []).push(match[place + 1]);
      types[field] = type;
    });
    const fields = {};
    for (const [field, [text, ...again]] of Object.entries(texts)) {
      const own = again.every((other) => other === text) ? fieldsOf(types[field], field, text) : null;
      if (own === null) return null;
      Object.assign(fields, own);
    }
    return { fields, texts: Object.fromEntries(Object.entries(texts).map(([field, [text]]) => [field, text])) };
  }

  #match(name) {
    const pattern = (part) => (isObject(part) ? `(${part.type.pattern})` : escape(part));
    this.#matcher ??= whole(this.#parts.map(pattern).join(""));
    return this.#matcher.exec(name);
  }
}

/** Order spellings from the most to the least specific (CKS-084). */
const compareSpecific = (one, other) => one.free - other.free || other.literal - one.literal;

/**
 * Order the readings of a name: the rare ones last, and the others by their spellings (CKS-140). Equally specific ones
 * have no order but the one that they get here.
 */
function compareReadings(one, other) {
  const idOf = ({ reading: { framework, format } }) => `${framework} ${format}`;
  const rare = Number(one.reading.isRare) - Number(other.reading.isRare);
  return rare || compareSpecific(one.spelling, other.spelling) || (idOf(one) < idOf(other) ? -1 : 1);
}

// ---------------------------------------------------------------------------------------------------------------------
// Formats.

/** A directory that Lightning made of the part of a metric's name before its `/` (CKS-144). */
const BREAKS_OFF = /=.*[\-_](?:train|val|valid|validation|test|eval|dev)$/sv;

const PLACES = ["epoch", "step", "timestamp", "architecture", "encoder", "version"];

/** A format: one way in which a framework writes names. */
class Format {
  #isFree;

  constructor(framework, members, types) {
    const { folders = [], extensions = [], extras = {} } = members;
    Object.assign(this, { framework, entry: "file", metrics: [], shared: false, prior: "usual", ...members });
    // Whole numbers are `bigint` everywhere; those of the files are small enough to be read as a double first.
    const value = (said) => (typeof said === "number" ? BigInt(said) : said);
    this.extras = Object.fromEntries(Object.entries(extras).map(([name, said]) => [name, value(said)]));
    this.spellings = ["", ...folders]
      .flatMap((folder) => (extensions.length > 0 ? extensions : [""]).map((end) => folder + members.template + end))
      .map((template) => new Spelling(template, types))
      .sort(compareSpecific);
    const isFree = (template) => new Spelling(template, types).free > 0;
    this.#isFree = isFree(members.template) || (extensions.length > 0 && extensions.every(isFree));
  }

  /** Return the reading of a name, with the spelling that counts, or null. */
  read(name) {
    for (const spelling of this.spellings) {
      const found = spelling.read(name);
      if (found === null) continue;
      const companions = this.#companions({ ...found.texts, name: name.split("/").at(-1) });
      return { spelling, reading: { ...this.#reading(found.fields), companions } };
    }
    return null;
  }

  /** Return the paths of companions, relative to the folder of a name whose fields have these texts. */
  #companions(texts) {
    const filled = (templates = []) => templates.map((template) => filledIn(template, texts)).filter((path) => path !== null);
    return { disqualifies: filled(this.disqualifies), completedBy: filled(this.completed_by) };
  }

  #reading({ metrics = {}, metric, value, ...fields }) {
    const places = Object.fromEntries(PLACES.map((place) => [place, fields[place] ?? null]));
    const others = Object.entries(fields).filter(([field]) => !PLACES.includes(field));
    const isMetric = ([field]) => this.metrics.includes(field);
    const behind = (count, difference) => (count === null || difference == null ? null : count + BigInt(difference));
    return {
      ...{ framework: this.framework, format: this.id, kind: this.kind, entry: this.entry },
      ...{ recency: this.recency ?? null, isFree: this.#isFree },
      ...{ isShared: this.shared, isRare: this.prior === "rare", isFallback: this.prior === "fallback" },
      ...places,
      epoch_base: places.epoch === null || this.epoch_base == null ? null : BigInt(this.epoch_base),
      completed_epochs: behind(places.epoch, this.epochs_behind),
      completed_steps: behind(places.step, this.steps_behind),
      metrics: { ...metrics, ...(metric === undefined ? {} : { [metric]: value }), ...Object.fromEntries(others.filter(isMetric)) },
      extras: { ...this.extras, ...Object.fromEntries(others.filter((other) => !isMetric(other))) },
    };
  }
}

/** Return a template of a path with the texts of its fields, or null if it needs a field that is not there. */
function filledIn(template, texts) {
  const fields = Array.from(template.matchAll(/\{([^\{\}]+)\}/gv), ([, field]) => field);
  return fields.every((field) => field in texts) ? template.replace(/\{([^\{\}]+)\}/gv, (_, field) => texts[field]) : null;
}

/** Return the reading of a canonical name, or null if the name is not canonical. */
function canonicalReading(name) {
  try {
    const { form, epoch, step, metric, value, version } = parseCheckpointName(name);
    return {
      ...{ framework: CANONICAL, format: form, kind: form, entry: "any", epoch, step, version },
      ...{ recency: form === "last" ? "current" : null, isFree: false, companions: { disqualifies: [], completedBy: [] } },
      ...{ isShared: false, isRare: false, isFallback: false },
      ...{ timestamp: null, architecture: null, encoder: null },
      ...{ epoch_base: null, completed_epochs: null, completed_steps: null },
      ...{ metrics: metric === null ? {} : { [metric]: value }, extras: {} },
    };
  } catch (error) {
    if (error instanceof SchemeError) return null;
    throw error;
  }
}

/** The formats of some files: what `framework.schema.json` describes, as parsed JSON. */
export class Formats {
  #formats;

  /**
   * Take the files, the types that they share (the member `field_types` of `field_types.json`), and the content of
   * `words.json`.
   */
  constructor(files, sharedTypes, words) {
    const vocabulary = new Vocabulary(words);
    const shared = resolvedTypes(sharedTypes, {}, vocabulary);
    this.#formats = files.flatMap(({ framework, defaults = {}, field_types = {}, formats }) => {
      const types = resolvedTypes(field_types, shared, vocabulary);
      return formats.map((members) => new Format(framework, { ...defaults, ...members }, types));
    });
  }

  /** Return every framework of a format. */
  get frameworks() {
    return new Set(this.#formats.map(({ framework }) => framework));
  }

  /** Return every reading of a name or path, in their order (CKS-060, 061, 068, 084, 140, 141, 144, 145). */
  readings(name) {
    if (name.includes("\\")) return [];
    const entries = name.endsWith("/") ? ["any", "directory"] : ["any", "directory", "file"];
    const components = name.replace(/[/]+$/, "").split("/");
    let fallback = [];
    for (let place = 0; place < components.length - 1; place++) {
      const found = this.#legacyReadings(components.slice(place).join("/"), entries);
      if (found.length > 0 && !found[0].isFallback) return found;
      if (fallback.length === 0) fallback = found;
    }
    const last = components.at(-1);
    if (last.includes("=") && BREAKS_OFF.test(components.at(-2) ?? "")) return fallback;
    const canonical = canonicalReading(last);
    if (canonical !== null) return [canonical];
    const found = this.#legacyReadings(last, entries);
    const isCertain = found.some(({ isShared }) => !isShared);
    return isCertain || fallback.length === 0 ? found : fallback;
  }

  #legacyReadings(name, entries) {
    const formats = this.#formats.filter(({ entry }) => entries.includes(entry));
    const found = formats.map((format) => format.read(name)).filter((one) => one !== null);
    const others = found.filter(({ reading }) => !reading.isFallback);
    return (others.length > 0 ? others : found).sort(compareReadings).map(({ reading }) => reading);
  }
}
