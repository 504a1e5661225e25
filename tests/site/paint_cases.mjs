// Reads the patterns and the cases from standard input, and prints the parts of each text, null for one that no part has.
import { readFileSync } from "node:fs";
import { compile, paint } from "../../docs/explorer/paint.mjs";

const { patterns, cases } = JSON.parse(readFileSync(0, "utf-8"));
const compiled = new Map(compile(patterns).map((pattern) => [pattern.kind, pattern]));
console.log(JSON.stringify(cases.map(({ kind, text }) => paint([compiled.get(kind)], text)?.parts ?? null)));
