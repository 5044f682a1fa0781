// Plain JavaScript: builds the dashboard into web/dist, unless what is there was built from the same sources.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Everything that the built files depend on. */
const INPUTS = ["package-lock.json", "web/index.html", "web/vite.config.ts", "web/public", "web/src", "src/api"];

/** Builds when it must; says so on standard error. Throws when the build fails. */
export function buildDashboard({ node, root, env }) {
  const stamp = join(root, "web", "dist", ".built-from");
  const wanted = fingerprint(root);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Building the dashboard (once) …");
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const result = spawnSync(node, [vite, "build", "--logLevel", "warn"], {
    cwd: join(root, "web"),
    env,
    stdio: ["ignore", 2, 2],
  });
  if (result.status !== 0) throw new Error("the dashboard could not be built; the messages are above");
  writeFileSync(stamp, wanted);
}

function fingerprint(root) {
  const hash = createHash("sha256");
  for (const input of INPUTS) {
    const path = join(root, input);
    const files = input.includes(".") ? [""] : readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
    for (const file of files) {
      const full = file === "" ? path : join(path, file);
      if (/\.test\.tsx?$/.test(full) || !/\.[a-z]+$/.test(full)) continue;
      hash.update(`${input}/${file}\n`).update(readFileSync(full));
    }
  }
  return hash.digest("hex");
}
