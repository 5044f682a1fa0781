// Plain JavaScript for Node 20 and newer: packages as the lock file says, and a Node 24 to run on.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNode24 } from "../../bin/find-node.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Returns the Node 24 to use and an environment in which it and the locked tools come first. */
export async function prepare() {
  installPackages();
  const node = findNode24(root);
  if (node === undefined) {
    console.error(
      `amap needs Node 24 and this is Node ${process.versions.node}. For ${process.platform}-${process.arch} npm does not carry it: install Node 24 and run the command again.`,
    );
    process.exit(2);
  }
  const path = [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter);
  return { node, root, env: { ...process.env, PATH: path } };
}

function installPackages() {
  const stamp = join(root, "node_modules", ".amap-setup");
  const lock = readFileSync(join(root, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).update(`${process.platform}-${process.arch}`).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Setting up: installing the locked packages (once) …");
  const argumentsOfNpm = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"];
  // Under `npm start` npm names itself; otherwise the one on PATH is used.
  const npm = process.env.npm_execpath;
  const result =
    npm === undefined
      ? spawnSync("npm", argumentsOfNpm, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" })
      : spawnSync(process.execPath, [npm, ...argumentsOfNpm], { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) {
    console.error("Setting up failed: `npm ci` did not finish. Its message is above; check the network and try again.");
    process.exit(3);
  }
  writeFileSync(stamp, wanted);
}
