// The official Google client.
import assert from "node:assert";
import { GoogleGenAI } from "@google/genai";

const client = new GoogleGenAI({ apiKey: "k" });
const contents = (upload) => [
  { role: "user", parts: [{ text: "What is this?" }, { inlineData: { mimeType: upload.media, data: upload.base64 } }] },
];

export const operations = {
  "@google/genai (Node) models.generateContent": async (upload) => {
    const answer = await client.models.generateContent({ model: "m", contents: contents(upload) });
    assert.equal(answer.text, "Hello.");
  },
  "@google/genai (Node) models.generateContentStream": async (upload) => {
    let text = "";
    for await (const piece of await client.models.generateContentStream({ model: "m", contents: contents(upload) })) {
      text += piece.text;
    }
    assert.equal(text, "Hello.");
  },
  "@google/genai (Node) models.countTokens": (upload) =>
    client.models.countTokens({ model: "m", contents: contents(upload) }),
  "@google/genai (Node) chats.sendMessage": (upload) =>
    client.chats.create({ model: "m" }).sendMessage({ message: contents(upload)[0].parts }),
  "@google/genai (Node) files.upload": async (upload) => {
    const made = await client.files.upload({ file: upload.path, config: { mimeType: upload.media } });
    assert.equal(made.name, "files/1");
  },
  "@google/genai (Node) caches.create": (upload) =>
    client.caches.create({ model: "m", config: { contents: contents(upload) } }),
};
