// `npm start`: makes the checkout ready, then runs the main job, `amap demo`, which ends in the dashboard where a person
// sits in front of it.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { buildDashboard } from "./dashboard.mjs";
import { prepare } from "./prepare.mjs";

const words = process.argv.slice(2);
const { node, env, root } = await prepare();
const isServed =
  words.includes("--serve") ||
  (!words.includes("--no-serve") && process.stdout.isTTY === true && (process.env.CI ?? "") === "");
if (isServed) buildDashboard({ node, env, root });
const child = spawn(node, [join(root, "bin", "amap.mjs"), "demo", ...words], { cwd: root, env, stdio: "inherit" });
// Ctrl-C reaches the child by itself; this process waits for it to end in peace.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  process.exit(code ?? 70);
});
