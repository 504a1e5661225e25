// A reader for `ckpt-scheme conformance`: one JSON object a line on stdin, one answer a line on stdout.
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as scheme from "./ckpt_scheme.mjs";
import { Formats } from "./formats.mjs";
import * as legacy from "./legacy.mjs";
import * as selection from "./legacy_selection.mjs";

// In the vectors every number of a name is text.
const NUMBERS = { epoch: BigInt, step: BigInt, version: BigInt, value: Number };

const valuesOf = (given) =>
  Object.fromEntries(
    Object.entries(given).map(([name, text]) => [name, text !== null && name in NUMBERS ? NUMBERS[name](text) : text]),
  );

function nameAnswer({ form, epoch, step, metric, value, version }) {
  const text = (number) => (number === null ? null : String(number));
  const measured = { metric, value: value === null ? null : value.toFixed(4), version: text(version) };
  if (form === "last") return { kind: form };
  return form === "best" ? { kind: form, ...measured } : { kind: form, epoch: text(epoch), step: text(step), ...measured };
}

function patternOf({ of, root, run, checkpoint, kind: form, ...fields }) {
  if (of === "path") return scheme.pathPattern({ root, run: patternOf(run), checkpoint: patternOf(checkpoint) });
  if (of === "archive") return scheme.archivePattern(patternOf(run), fields);
  return of === "run" ? scheme.runPattern(valuesOf(fields)) : scheme.checkpointPattern({ form, ...valuesOf(fields) });
}

/** Match as POSIX fnmatch does, without special treatment of "/" and of a leading ".". */
function fnmatch(glob, text) {
  const unit = (whole, set) => {
    if (set !== undefined) return `[${set.replace(/[\\[\]^]/g, "\\$&")}]`;
    return { "*": "[^]*", "?": "[^]" }[whole] ?? whole.replace(/[\\^$.+()[\]{}|/]/, "\\$&");
  };
  return new RegExp(`^${glob.replace(/\[([^\]]+)\]|[^]/gu, unit)}$`, "u").test(text);
}

const LEGACY = new URL("../../../src/ckpt_scheme/legacy/", import.meta.url);
const jsonOf = (path) => JSON.parse(readFileSync(new URL(path, LEGACY), "utf8"));
const TYPES = jsonOf("field_types.json").field_types;
const WORDS = jsonOf("words.json");
let everyFormat = null;

/** Return the formats that a case brings along, or else those of the library. */
function formatsOf(files) {
  if (files !== undefined) return new Formats(files, TYPES, WORDS);
  const every = () => readdirSync(new URL("formats", LEGACY)).map((name) => jsonOf(`formats/${name}`));
  return (everyFormat ??= new Formats(every(), TYPES, WORDS));
}

/** Return a value as JSON in which a whole number is text, and NaN and the infinities are, too. */
function portable(value) {
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity || value === -Infinity) return value > 0 ? "inf" : "-inf";
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? String(value) : value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, portable(member)]));
}

const readingAnswer = ({ recency, isFree, isShared, isRare, isFallback, companions, ...reading }) => portable(reading);

const OPERATIONS = {
  parse_run_id: ({ text }) => scheme.parseRunId(text),
  parse_checkpoint_name: ({ text }) => nameAnswer(scheme.parseCheckpointName(text)),
  parse_checkpoint_path: ({ text }) => scheme.parseCheckpointPath(text),
  parse_run_directory: ({ text }) => scheme.parseRunDirectory(text),
  parse_run_archive: ({ text }) => scheme.parseRunArchive(text),
  format_run_id: (run) => ({ text: scheme.formatRunId(run) }),
  format_checkpoint_name: ({ kind, ...fields }) => ({
    text: scheme.formatCheckpointName({ form: kind, ...valuesOf(fields) }),
  }),
  format_run_archive: (archive) => ({ text: scheme.formatRunArchive(archive) }),
  equal: ({ names }) => ({ equal: scheme.compareCheckpointNames(...names) === 0 }),
  sort_checkpoint_names: ({ names }) => ({ names: names.sort(scheme.compareCheckpointNames) }),
  sort_run_ids: ({ names }) => ({ names: names.sort(scheme.compareRunIds) }),
  sort_checkpoint_paths: ({ names }) => ({ names: names.sort(scheme.compareCheckpointPaths) }),
  latest: ({ names }) => ({ name: scheme.latest(names) }),
  furthest: ({ names }) => ({ name: scheme.furthest(names) }),
  best: ({ names, metric, mode }) => ({ name: scheme.best(names, metric, mode) }),
  glob: ({ pattern }) => ({ glob: patternOf(pattern).glob() }),
  globs: ({ pattern, width, text }) => ({
    matches: patternOf(pattern)
      .globs(Number(width))
      .some((glob) => fnmatch(glob, text)),
  }),
  groups: ({ pattern, text }) => {
    const match = new RegExp(`^(?:${patternOf(pattern).regex({ groups: true })})$`, "u").exec(text);
    return { groups: match && { ...match.groups } }; // JSON leaves out the groups that took no part
  },
  matches: ({ pattern, text }) => ({ matches: patternOf(pattern).matches(text) }),
  sanitize_label: ({ text, field }) => ({ label: scheme.sanitizeLabel(text, field) }),
  readings: ({ name, framework, formats }) => ({
    readings: legacy.readings(formatsOf(formats), name, framework).map(readingAnswer),
  }),
  decode: ({ name, framework, formats }) => {
    const reading = legacy.decode(formatsOf(formats), name, framework);
    return { framework: reading.framework, format: reading.format };
  },
  upgrade: ({ name, framework, missing = {}, formats }) => ({
    name: legacy.upgrade(legacy.decode(formatsOf(formats), name, framework), valuesOf(missing)),
  }),
  identify: ({ names, formats }) => ({ framework: selection.identify(formatsOf(formats), names) }),
  latest_foreign: ({ names, framework, formats }) => ({
    name: selection.latest(formatsOf(formats), names, framework),
  }),
  furthest_foreign: ({ names, framework, formats }) => ({
    name: selection.furthest(formatsOf(formats), names, framework),
  }),
  best_foreign: ({ names, metric, mode, framework, formats }) => ({
    name: selection.best(formatsOf(formats), names, metric, mode, framework),
  }),
  metric_name_from_logged: ({ key }) => ({ metric: scheme.metricNameFromLogged(key) }),
};

function answer({ id, operation, input }) {
  if (!Object.hasOwn(OPERATIONS, operation)) return { id, unsupported: true };
  try {
    return { id, answer: OPERATIONS[operation](input) };
  } catch (error) {
    if (error instanceof scheme.SchemeError) return { id, error: { message: error.message } };
    throw error;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}
