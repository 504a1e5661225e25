// The library itself, in Pyodide, beside the page. It loads only files of its own folder.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const read = async (name) => {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name}: HTTP status ${response.status}`);
  return response;
};

const load = async () => {
  const python = await loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href });
  for (const wheel of await (await read("wheels.json")).json()) {
    python.unpackArchive(await (await read(`wheels/${wheel}`)).arrayBuffer(), "wheel");
  }
  python.FS.writeFile("/home/pyodide/answers.py", await (await read("answers.py")).text());
  return python.pyimport("answers").answer;
};

let answer = null;
onmessage = async ({ data: { id, text } }) => {
  try {
    answer ??= load();
    postMessage({ id, answer: JSON.parse((await answer)(text)) });
  } catch (error) {
    answer = null; // the next question loads anew
    postMessage({ id, error: String(error) });
  }
};
