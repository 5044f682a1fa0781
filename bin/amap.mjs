#!/usr/bin/env node
// Starts amap: the built bundle in the published package, the source in a checkout. Plain JavaScript for Node 20,
// since it may have to hand over to the Node 24 that npm brought along.
import { existsSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "src", "cli", "main.ts");
const bundle = join(root, "dist", "amap.mjs");
const program = existsSync(source) ? source : bundle;

if (Number(process.versions.node.split(".")[0]) >= 24) {
  module.enableCompileCache?.();
  await import(pathToFileURL(program).href);
} else {
  const { findNode24 } = await import("./find-node.mjs");
  const node = findNode24(root);
  if (node === undefined) {
    console.error(
      `amap needs Node 24 and this is Node ${process.versions.node}. Install Node 24, or in a checkout run \`npm start\` once.`,
    );
    process.exit(2);
  }
  const { spawn } = await import("node:child_process");
  const child = spawn(node, [join(root, "bin", "amap.mjs"), ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both; what somebody else sends must be passed on, or a server would stay behind.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  const [status, signal] = await new Promise((resolve) => child.on("exit", (...ended) => resolve(ended)));
  if (signal) {
    for (const name of ["SIGTERM", "SIGHUP", "SIGINT"]) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  }
  process.exit(status ?? 70);
}
