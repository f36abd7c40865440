// Exchanges messages with the Runtime API: stands in for the compiled part of AWS's Node client
// (rapid-client.node), with the same three functions.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"use strict";

const http = require("node:http");
const { request: plainRequest } = http; // functions may replace it, to record their own requests

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const PREFIX = "/2018-06-01/runtime/invocation/";

let sent = Promise.resolve();

function exchange(method, name, body, headers) {
  const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
  const options = { host, port, agent, method, path: PREFIX + name };
  return new Promise((resolve, reject) => {
    const request = plainRequest({ ...options, headers: { ...length, ...headers } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece) => (text += piece));
      answer.on("end", () => resolve({ headers: answer.headers, text }));
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function send(name, body, headers) {
  sent = exchange("POST", name, body, { "Content-Type": "application/json", ...headers });
}

// A header is ASCII; what is in JSON can be written so.
function ascii(text) {
  const escaped = (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0");
  return text.replace(/[\u007f-\uffff]/g, escaped);
}

exports.next = async () => {
  await sent;
  const { headers, text } = await exchange("GET", "next");
  return { bodyJson: text, headers };
};

exports.done = (id, body) => send(`${id}/response`, body);

exports.error = (id, body, cause) =>
  send(`${id}/error`, body, {
    "Lambda-Runtime-Function-Error-Type": "Unhandled",
    "Lambda-Runtime-Function-XRay-Error-Cause": ascii(cause),
  });
