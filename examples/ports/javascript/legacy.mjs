/**
 * The only reading of a name of another framework, and its upgrade: sections 2 and 3 of docs/spec-legacy.md.
 */
import { formatCheckpointName, metricNameFromLogged, SchemeError } from "./ckpt_scheme.mjs";
import { CANONICAL } from "./formats.mjs";

const WHOLE = [
  ...["epoch", "step", "index", "best", "last", "final", "interrupted", "recovery", "average", "release", "metric"],
  "fixed",
];

/** Return whether a reading is of a whole checkpoint (CKS-066). */
export const isWhole = ({ kind }) => WHOLE.includes(kind);

/** Return whether a reading belongs to no single moment of training. */
export const isTimeless = ({ kind }) => kind === "average" || kind === "release";

// ---------------------------------------------------------------------------------------------------------------------
// Readings.

/** Return every reading of a name, or the possible readings if `framework` wrote it (CKS-087, 088). */
export function readings(formats, name, framework = null) {
  if (framework !== null && framework !== CANONICAL && !formats.frameworks.has(framework)) {
    throw new SchemeError("framework", framework, "a framework of the formats");
  }
  const found = formats.readings(name);
  return framework === null ? found : found.filter((reading) => [framework, CANONICAL].includes(reading.framework));
}

/** Return the usual ones of the readings of a name, or all if all are rare. */
export function usual(found) {
  const left = found.filter(({ isRare }) => !isRare);
  return left.length > 0 ? left : found;
}

/** Return the only reading of a name (CKS-085, 086, 142, 143). */
export function decode(formats, name, framework = null) {
  const found = usual(readings(formats, name, framework));
  if (found.length === 1 && (framework !== null || !found[0].isShared)) return found[0];
  throw new SchemeError("checkpoint name", name, `a name with one reading, not ${found.length}`);
}

// ---------------------------------------------------------------------------------------------------------------------
// Upgrades.

/** Return the canonical name for a reading; `given` has fields that the reading lacks (CKS-064, 069, 093 to 099, 123). */
export function upgrade(reading, given = {}) {
  const refuse = (expected) => {
    throw new SchemeError("legacy name", `${reading.framework}/${reading.format}`, expected);
  };
  const { kind, extras, metrics } = reading;
  if (!isWhole(reading)) refuse("a whole checkpoint");
  if (isTimeless(reading)) refuse("a checkpoint of one moment of training");
  const measured = Object.entries(metrics).map(([key, value]) => ({ metric: metricNameFromLogged(key), value }));
  if (measured.length > 1) refuse("at most one metric");
  const own = { epoch: reading.epoch, step: reading.step, version: reading.version, ...measured[0] };
  const isInEpoch = extras.step_scope === "in_epoch";
  if (isInEpoch) own.step = null;
  const fields = {};
  for (const name of ["epoch", "step", "metric", "value", "version"]) {
    const [said, added] = [own[name] ?? null, given[name] ?? null];
    if (said !== null && added !== null && !areEqual(name, said, added)) refuse(`no other ${name} than its own`);
    if ((said ?? added) !== null) fields[name] = said ?? added;
  }
  const form = kind === "best" || kind === "last" ? kind : "epoch";
  if (form !== "epoch" && reading.step !== null) refuse("a name without a step");
  return formatCheckpointName({ form, ...fields });
}

/** Return whether two values of a field have one spelling in a canonical name. */
function areEqual(name, one, other) {
  const spell = (value) => formatCheckpointName({ form: "best", metric: "m", value });
  return name === "value" ? spell(one) === spell(other) : one === other;
}
