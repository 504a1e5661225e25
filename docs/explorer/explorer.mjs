// The page: it paints at once by the exported patterns, and asks the library in a worker on demand.
import { compile, offset, paintLine } from "./paint.mjs";

const MOST_LINES = 500; // more would make the page slow; the library still gets all of them
const page = (id) => document.getElementById(id);
const text = page("text");

/** Make an element; texts become text nodes, so a name cannot become markup. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const patterns = compile(await (await fetch(new URL("patterns.json", import.meta.url))).json());
const lines = () => text.value.split(/\r?\n/).filter((line) => line.trim() !== "");

const painted = ({ parts }) =>
  parts.map(({ field, text }) => (field === null ? text : element("span", { class: `field ${field}`, title: field }, text)));

/** Return a table of the fields of one name, for readers who do not see colours. */
const fields = ({ parts }) =>
  element(
    "dl",
    { class: "fields" },
    ...parts
      .filter(({ field }) => field !== null)
      .map(({ field, text }) => element("div", {}, element("dt", {}, field), element("dd", { class: field }, element("code", {}, text)))),
  );

function showParts() {
  const found = lines();
  const shown = found.slice(0, MOST_LINES).map((line) => {
    const name = paintLine(patterns, line);
    return element(
      "li",
      {},
      element("code", { class: name === null ? "refused" : "canonical" }, ...(name === null ? [line] : painted(name))),
      " ",
      element("span", { class: "kind" }, name === null ? "not canonical" : name.kind),
    );
  });
  const single = found.length === 1 ? paintLine(patterns, found[0]) : null;
  const rest = found.length - shown.length;
  page("parts").replaceChildren(
    ...(shown.length ? [element("ol", { class: "names" }, ...shown)] : [element("p", { class: "faint" }, "No name yet.")]),
    ...(rest > 0 ? [element("p", { class: "faint" }, `${rest} more lines are not shown.`)] : []),
    ...(single === null ? [] : [fields(single)]),
  );
}

function size(bytes) {
  if (bytes === null) return "";
  const power = Math.min(5, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${["B", "kB", "MB", "GB", "TB", "PB"][power]}`;
}
const cells = (tag, texts) => texts.map((cell) => element(tag, tag === "th" ? { scope: "col" } : {}, cell ?? ""));
const table = (caption, heads, rows) =>
  element(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...cells("th", heads))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells("td", row)))),
    ),
  );

function mistake({ text, error }) {
  const place = offset(text, error.position);
  const end = place < text.length ? [element("mark", {}, text.slice(place))] : [element("mark", { class: "end" }, "\u00a0")];
  const suggestion = error.suggestion === null ? [] : [element("p", {}, "Did you mean ", element("code", { class: "suggestion" }, error.suggestion), "?")];
  return [
    element("p", {}, element("code", {}, text.slice(0, place), ...end)),
    element("p", { class: "expected" }, `Not a ${error.kind}: expected ${error.expected} (${error.requirement}).`),
    ...suggestion,
  ];
}

function readings({ readings, canonical_name: canonical, losses, reason }) {
  const values = ({ epoch, step, metrics }) =>
    [epoch === null ? "" : `epoch ${epoch}`, step === null ? "" : `step ${step}`, ...Object.entries(metrics).map(([name, value]) => `${name} ${value}`)]
      .filter((word) => word !== "")
      .join(", ");
  const certainty = ({ prior, shared }) => [prior === "usual" ? "" : prior, shared ? "shared" : ""].filter(Boolean).join(", ");
  const rows = readings.map((reading) => [reading.format, reading.kind, values(reading), certainty(reading), reading.source]);
  return [
    table("Formats that read this name", ["Format", "Kind", "States", "Note", "Source"], rows),
    canonical === undefined
      ? element("p", {}, `No canonical name: ${reason}`)
      : element("p", {}, "Canonical name: ", element("code", { class: "canonical-name" }, canonical), losses.length ? `, which loses ${losses.join(", ")}` : ""),
  ];
}

function nameAnswer(name) {
  const content = [];
  if (name.error === null) content.push(element("p", {}, element("code", {}, name.text), " is canonical."));
  else if (name.readings.length) content.push(element("p", {}, element("code", {}, name.text)), ...readings(name));
  else content.push(...mistake(name), element("p", { class: "faint" }, name.reason));
  return element("article", {}, ...content);
}

function runAnswer(run) {
  const rows = run.checkpoints.map((checkpoint) => [
    checkpoint.path,
    checkpoint.status,
    checkpoint.readings.filter(({ prior }) => prior === "usual").map(({ framework, format }) => `${framework}/${format}`).join(", "),
    size(checkpoint.size),
    checkpoint.status === "canonical" ? "" : (checkpoint.canonical_name ?? checkpoint.reason),
  ]);
  return element(
    "article",
    {},
    table(run.path === "" ? "the listing" : run.path, ["Checkpoint", "Status", "Format", "Size", "Canonical name"], rows.slice(0, MOST_LINES)),
    ...(rows.length > MOST_LINES ? [element("p", { class: "faint" }, `${rows.length - MOST_LINES} more checkpoints are not shown.`)] : []),
    ...(run.unread.length ? [element("p", { class: "unread" }, `No format reads: ${run.unread.join(", ")}`)] : []),
  );
}

function runsAnswer({ runs, run_count: count }) {
  const rows = runs.map((run) => [run.path, run.framework, String(run.checkpoint_count), size(run.size), run.latest.path ?? run.latest.reason, run.best.path ?? run.best.reason]);
  return [
    table(`${count} ${count === 1 ? "run" : "runs"}`, ["Run", "Framework", "Checkpoints", "Size", "Latest", "Best"], rows),
    ...(count > runs.length ? [element("p", { class: "faint" }, `${count - runs.length} more runs are not shown.`)] : []),
    ...runs.map(runAnswer),
  ];
}

function showAnswer({ names = [], runs, run_count, listing_error: refused }) {
  page("answer").replaceChildren(
    ...(refused === undefined ? [] : [element("p", { class: "expected" }, refused)]),
    ...(runs === undefined ? [] : runsAnswer({ runs, run_count })),
    ...names.slice(0, MOST_LINES).map(nameAnswer),
  );
}

let worker = null;
let latest = 0; // the number of the latest question
function explain() {
  if (lines().length === 0) {
    page("state").textContent = "Type or paste a name first.";
    return;
  }
  if (worker === null) {
    worker = new Worker(new URL("worker.mjs", import.meta.url), { type: "module" });
    worker.onerror = (event) => (page("state").textContent = `The library did not load: ${event.message}`);
    worker.onmessage = ({ data: { id, answer, error } }) => {
      if (id !== latest) return; // the text has changed since
      page("state").textContent = error === undefined ? "" : `The library did not answer: ${error}`;
      if (error === undefined) showAnswer(answer);
    };
    page("state").textContent = "Loading Python …";
  } else page("state").textContent = "Explaining …";
  latest += 1;
  worker.postMessage({ id: latest, text: text.value });
}

function changed() {
  showParts();
  page("answer").replaceChildren();
  latest += 1; // an answer to the former text comes too late
  if (worker !== null && lines().length) explain();
  history.replaceState(null, "", text.value === "" ? location.pathname : `#${encodeURIComponent(text.value)}`);
}

text.addEventListener("input", changed);
page("explain").addEventListener("click", explain);
page("question").addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll("[data-text]")) {
  button.addEventListener("click", () => {
    text.value = button.dataset.text;
    changed();
  });
}
// A link may carry a text behind "#".
try {
  text.value = decodeURIComponent(location.hash.slice(1));
} catch {
  text.value = "";
}
showParts();
document.documentElement.dataset.ready = "";
