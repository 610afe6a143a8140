// What Node brings along: fetch, and node:https.
import { createReadStream } from "node:fs";
import { request } from "node:https";

const FILES = "https://api.openai.com/v1/files";

class HttpRefusedError extends Error {}

function told(status, text) {
  if (status >= 400) throw new HttpRefusedError(`${status} ${text}`);
}

async function post(body, more = {}) {
  const answer = await fetch(FILES, { method: "POST", body, ...more });
  told(answer.status, await answer.text());
}

function form(upload) {
  const filled = new FormData();
  filled.append("purpose", "user_data");
  filled.append("file", new File([upload.data], upload.name, { type: upload.media }));
  return filled;
}

export const operations = {
  "fetch (Node) form": (upload) => post(form(upload)),
  "fetch (Node) raw body": (upload) => post(upload.data),
  "fetch (Node) raw body in pieces": (upload) => post(createReadStream(upload.path), { duplex: "half" }),
  "fetch (Node) JSON": (upload) =>
    post(JSON.stringify({ image: upload.uri }), { headers: { "content-type": "application/json" } }),
  "https (Node) raw body in pieces": (upload) =>
    new Promise((resolve, reject) => {
      const sent = request(FILES, { method: "POST" }, async (answer) => {
        try {
          told(answer.statusCode, (await answer.setEncoding("utf8").toArray()).join(""));
          resolve();
        } catch (error) {
          reject(error);
        }
      });
      sent.on("error", reject);
      createReadStream(upload.path, { highWaterMark: 20_000 }).pipe(sent);
    }),
};
