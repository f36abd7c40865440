// First code in an execution environment of a Node function: ties it to its server, then starts
// AWS's runtime client. Run in a process of its own: node node_launcher.js CLIENT_FOLDER HANDLER
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { Worker } = require("node:worker_threads");

// Waits until the pipe from the server closes, however the server ends; then ends this process and
// its children. A thread, so that not even a handler in an endless loop outlives the server.
const GUARD = `
  const { Socket } = require("node:net");
  new Socket({ fd: 0, readable: true })
    .on("error", () => {})
    .on("close", () => {
      process.kill(process.platform === "win32" ? process.pid : -process.pid, "SIGKILL");
    })
    .resume();
`;

function tieToServer() {
  const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 };
  new Worker(GUARD, { eval: true, resourceLimits, env: {} }).unref();
}

// The client's compiled part, which only exchanges messages with the Runtime API, is not built on
// every system.
function standInForNativePart() {
  const load = Module._load;
  Module._load = function (request, ...more) {
    if (request !== "./rapid-client.node") return load.call(this, request, ...more);
    try {
      return load.call(this, request, ...more);
    } catch {
      return require("./node_transport.js");
    }
  };
}

// Packages beside the client are to functions what the SDK in Lambda's runtime is: found last.
function offerPackages(folder) {
  const folders = [process.env.NODE_PATH, folder].filter(Boolean);
  process.env.NODE_PATH = folders.join(path.delimiter);
  Module._initPaths();
}

async function main(client, handler) {
  tieToServer();
  standInForNativePart();
  offerPackages(path.dirname(client));
  process.env._LAMBDA_TELEMETRY_LOG_FD = "1"; // frames through the pipe of all other output
  const { main: entry } = JSON.parse(fs.readFileSync(path.join(client, "package.json"), "utf8"));
  const { run } = await import(pathToFileURL(path.join(client, entry)).href);
  if (run) await run(process.env.LAMBDA_TASK_ROOT, handler); // version 4 has begun by itself
}

main(...process.argv.slice(2)).catch((error) => {
  setImmediate(() => {
    throw error; // the client reports uncaught errors as errors of the init phase
  });
});
