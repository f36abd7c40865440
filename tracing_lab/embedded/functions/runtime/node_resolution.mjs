// Lets ES modules import packages of layers, as Lambda does from nodejs18.x on: node itself looks at
// NODE_PATH for require() only.
// https://aws.amazon.com/blogs/compute/node-js-18-x-runtime-now-available-in-aws-lambda/
import path from "node:path";
import { pathToFileURL } from "node:url";

const IS_FILE = /^(\.{0,2}\/|[A-Za-z][\w+.-]*:)/; // a path or URL, and no package
let parents = [];

// Called by node in the thread of the hooks.
export function initialize(folders) {
  parents = folders
    .filter((folder) => path.basename(folder) === "node_modules")
    .map((folder) => pathToFileURL(path.join(path.dirname(folder), "index.mjs")).href);
}

export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || IS_FILE.test(specifier)) throw error;
    for (const parentURL of parents) {
      try {
        return await nextResolve(specifier, { ...context, parentURL });
      } catch {} // it is not in this folder either
    }
    throw error;
  }
}
