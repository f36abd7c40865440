// First code in an execution environment of a Node function: ties it to its server, then starts
// AWS's runtime client. Run in a process of its own: node node_launcher.js CLIENT_FOLDER. The handler is
// in _HANDLER, which a wrapper script may have changed; where there is one, the folder is in a variable.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { Worker } = require("node:worker_threads");

// Waits until the pipe from the server closes, however the server ends; then ends this process and
// its descendants, of other sessions too. A thread, so that not even a handler in an endless loop
// outlives the server. New children of those that have just ended come up in the next round.
const GUARD = `
  const fs = require("node:fs");
  const { Socket } = require("node:net");
  function childrenOf(pid) {
    try {
      return fs.readdirSync("/proc/" + pid + "/task").flatMap((thread) => {
        const text = fs.readFileSync("/proc/" + pid + "/task/" + thread + "/children", "latin1");
        return text.split(" ").filter(Boolean).map(Number);
      });
    } catch {
      return []; // it has ended, or this is not Linux
    }
  }
  function isAlive(pid) {
    try {
      const stat = fs.readFileSync("/proc/" + pid + "/stat", "latin1");
      return !"ZX".includes(stat[stat.lastIndexOf(")") + 2]);
    } catch {
      return false;
    }
  }
  function descendantsOf(pid) {
    return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
  }
  function kill(pid) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {} // it has ended
  }
  function end() {
    for (;;) {
      const alive = descendantsOf(process.pid).filter(isAlive);
      if (alive.length === 0) break;
      alive.forEach(kill);
    }
    kill(process.platform === "win32" ? process.pid : -process.pid);
  }
  new Socket({ fd: 0, readable: true }).on("error", () => {}).on("close", end).resume();
`;

function tieToServer() {
  const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 };
  new Worker(GUARD, { eval: true, resourceLimits, env: {}, execArgv: [] }).unref();
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

// Only where there is a layer or another folder of the function's: the hooks need a thread.
function offerPackagesToModules(folders) {
  const existing = folders.filter((folder) => fs.existsSync(folder));
  if (existing.length === 0 || !Module.register) return; // before node 18.19
  const hooks = pathToFileURL(path.join(__dirname, "node_resolution.mjs")).href;
  Module.register(hooks, { data: existing });
}

async function main(client) {
  process.umask(0o022); // Lambda's; the server's lets nobody read
  tieToServer();
  standInForNativePart();
  offerPackagesToModules((process.env.NODE_PATH || "").split(path.delimiter).filter(Boolean));
  offerPackages(path.dirname(client));
  process.env._LAMBDA_TELEMETRY_LOG_FD = "1"; // frames through the pipe of all other output
  const { main: entry } = JSON.parse(fs.readFileSync(path.join(client, "package.json"), "utf8"));
  const { run } = await import(pathToFileURL(path.join(client, entry)).href);
  if (run) await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER); // version 4 has begun by itself
}

const folder = process.argv[2] ?? process.env._TRACING_LAB_ARGUMENTS;
delete process.env._TRACING_LAB_ARGUMENTS;
main(folder).catch((error) => {
  setImmediate(() => {
    throw error; // the client reports uncaught errors as errors of the init phase
  });
});
