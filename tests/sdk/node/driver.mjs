// Runs operations of the Node clients in a process of its own: a JSON line in names one and a file, a JSON line out tells
// what came of it. Where the proxy is and whom to trust is told by the environment, as to any program.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import * as ai from "./ai.mjs";
import * as anthropic from "./anthropic.mjs";
import * as builtin from "./builtin.mjs";
import * as genai from "./genai.mjs";
import * as openai from "./openai.mjs";

const operations = Object.assign({}, ...[openai, anthropic, genai, ai, builtin].map((one) => one.operations));

function classes(error) {
  const found = [];
  for (let at = Object.getPrototypeOf(error); at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    found.push(at.constructor.name);
  }
  return found;
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const data = await readFile(asked.path);
  const upload = { ...asked, data, base64: data.toString("base64"), name: basename(asked.path) };
  upload.uri = `data:${asked.media};base64,${upload.base64}`;
  let result = { raised: [] };
  try {
    await operations[asked.operation](upload);
  } catch (error) {
    result = { raised: classes(error), text: `${error}\n${error.cause ?? ""}` };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
