// node match.mjs FLAGS PATTERN... <TEXTS: one line of 0 and 1 for each pattern, one digit for each text.
import { readFileSync } from "node:fs";

const [flags, ...patterns] = process.argv.slice(2);
const lines = readFileSync(0, "latin1").split("\n").slice(0, -1);
const texts = lines.map((line) => Buffer.from(line, "hex").toString("utf8"));
for (const pattern of patterns) {
  const whole = new RegExp(`^(?:${pattern})$`, flags);
  console.log(texts.map((text) => (whole.test(text) ? "1" : "0")).join(""));
}
