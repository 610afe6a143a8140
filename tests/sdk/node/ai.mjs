// The AI SDK, with the services' own interfaces behind it.
import assert from "node:assert";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, streamText } from "ai";

const openai = createOpenAI({ apiKey: "k" });
const models = {
  "OpenAI chat": openai.chat("m"),
  "OpenAI responses": openai.responses("m"),
  Anthropic: createAnthropic({ apiKey: "k" })("m"),
  Google: createGoogleGenerativeAI({ apiKey: "k" })("m"),
};
const messages = (upload) => [
  {
    role: "user",
    content: [{ type: "text", text: "What is this?" }, { type: "file", data: upload.data, mediaType: upload.media }],
  },
];

async function streamed(model, upload) {
  const answer = streamText({ model, messages: messages(upload), onError: () => {} });
  for await (const part of answer.fullStream) {
    if (part.type === "error") throw part.error;
  }
}

export const operations = {
  "ai (Node) streamText, OpenAI chat": (upload) => streamed(models["OpenAI chat"], upload),
  ...Object.fromEntries(
    Object.entries(models).map(([name, model]) => [
      `ai (Node) generateText, ${name}`,
      async (upload) => {
        const answer = await generateText({ model, messages: messages(upload) });
        assert.equal(answer.text, "Hello.");
      },
    ]),
  ),
};
