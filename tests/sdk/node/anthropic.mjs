// The official Anthropic client.
import assert from "node:assert";
import Anthropic, { toFile } from "@anthropic-ai/sdk";

const client = new Anthropic({ apiKey: "k" });
const image = (upload) => ({ type: "image", source: { type: "base64", media_type: upload.media, data: upload.base64 } });
const asked = (...content) => ({ model: "m", max_tokens: 5, messages: [{ role: "user", content }] });

export const operations = {
  "anthropic (Node) messages.create": async (upload) => {
    const answer = await client.messages.create(asked(image(upload)));
    assert.equal(answer.content[0].text, "Hello.");
  },
  "anthropic (Node) messages.create, a tool's result": (upload) =>
    client.messages.create(asked({ type: "tool_result", tool_use_id: "t", content: [image(upload)] })),
  "anthropic (Node) messages.stream": async (upload) => {
    assert.equal(await client.messages.stream(asked(image(upload))).finalText(), "Hello.");
  },
  "anthropic (Node) messages.countTokens": (upload) =>
    client.messages.countTokens({ model: "m", messages: asked(image(upload)).messages }),
  "anthropic (Node) messages.batches.create": (upload) =>
    client.messages.batches.create({ requests: [{ custom_id: "1", params: asked(image(upload)) }] }),
  "anthropic (Node) beta.files.upload": async (upload) =>
    client.beta.files.upload({ file: await toFile(upload.data, upload.name, { type: upload.media }) }),
};
