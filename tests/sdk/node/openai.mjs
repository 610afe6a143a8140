// The official OpenAI client.
import assert from "node:assert";
import { createReadStream } from "node:fs";
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ apiKey: "k" });
const file = (upload) => toFile(upload.data, upload.name, { type: upload.media });
const messages = (upload) => [
  { role: "user", content: [{ type: "text", text: "What is this?" }, { type: "image_url", image_url: { url: upload.uri } }] },
];
const input = (upload) => [
  { role: "user", content: [{ type: "input_image", image_url: upload.uri, detail: "auto" }] },
];

export const operations = {
  "openai (Node) files.create": async (upload) =>
    client.files.create({ file: await file(upload), purpose: "user_data" }),
  "openai (Node) files.create, a stream": (upload) =>
    client.files.create({ file: createReadStream(upload.path), purpose: "user_data" }),
  "openai (Node) uploads.parts.create": async (upload) => {
    const { id } = await client.uploads.create({
      bytes: upload.data.length, filename: upload.name, mime_type: upload.media, purpose: "vision",
    });
    const part = await client.uploads.parts.create(id, { data: await file(upload) });
    assert.equal((await client.uploads.complete(id, { part_ids: [part.id] })).status, "completed");
  },
  "openai (Node) images.edit": async (upload) =>
    client.images.edit({ model: "gpt-image-1", image: await file(upload), prompt: "brighter" }),
  "openai (Node) images.edit, several": async (upload) =>
    client.images.edit({ model: "gpt-image-1", image: [await file(upload), await file(upload)], prompt: "brighter" }),
  "openai (Node) chat.completions.create": async (upload) => {
    const answer = await client.chat.completions.create({ model: "m", messages: messages(upload) });
    assert.equal(answer.choices[0].message.content, "Hello.");
  },
  "openai (Node) chat.completions.create, streamed": async (upload) => {
    const pieces = await client.chat.completions.create({ model: "m", messages: messages(upload), stream: true });
    let text = "";
    for await (const piece of pieces) text += piece.choices[0].delta.content;
    assert.equal(text, "Hello.");
  },
  "openai (Node) responses.create": async (upload) => {
    const answer = await client.responses.create({ model: "m", input: input(upload) });
    assert.equal(answer.output_text, "Hello.");
  },
  "openai (Node) responses.create, streamed": async (upload) => {
    for await (const event of await client.responses.create({ model: "m", input: input(upload), stream: true })) {
      assert.equal(event.type, "response.completed");
    }
  },
  "openai (Node) moderations.create": (upload) =>
    client.moderations.create({ model: "m", input: [{ type: "image_url", image_url: { url: upload.uri } }] }),
};
