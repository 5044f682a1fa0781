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
  const { spawnSync } = await import("node:child_process");
  const result = spawnSync(node, [join(root, "bin", "amap.mjs"), ...process.argv.slice(2)], { stdio: "inherit" });
  if (result.signal) process.kill(process.pid, result.signal);
  process.exit(result.status ?? 70);
}
