// `npm start`: makes the checkout ready, then runs the main job, `amap demo`.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { prepare } from "./prepare.mjs";

const { node, env, root } = await prepare();
const child = spawn(node, [join(root, "bin", "amap.mjs"), "demo", ...process.argv.slice(2)], {
  cwd: root,
  env,
  stdio: "inherit",
});
child.on("exit", (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  process.exit(code ?? 70);
});
