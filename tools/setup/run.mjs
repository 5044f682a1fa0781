// Plain JavaScript for Node 20: makes the checkout ready (packages as locked, Node 24) and runs a program of it.
// Usage: node tools/setup/run.mjs FILE [ARGUMENT...]
import { spawn } from "node:child_process";
import { prepare } from "./prepare.mjs";

const [file, ...rest] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node tools/setup/run.mjs FILE [ARGUMENT...]");
  process.exit(2);
}
const { node, env, root } = await prepare();
const child = spawn(node, [file, ...rest], { cwd: root, env, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  process.exit(code ?? 70);
});
