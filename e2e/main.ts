/** `npm run e2e`: amap against a real registry and the real cosign. Installs both; ends with `N passed, N failed`. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { findCosign, findRegistry, startRegistry } from "../tools/peers/peers.ts";

const root = join(import.meta.dirname, "..");
const cosign = findCosign({ install: true });
const program = findRegistry({ install: true });
if (cosign === undefined || program === undefined) {
  console.error(
    `end to end needs ${cosign === undefined ? "cosign (Go)" : "docker-registry (Debian)"}, which could not be installed`,
  );
  console.log("0 passed, 1 failed");
  process.exit(1);
}
const registry = await startRegistry(program);
let output = "";
try {
  const child = spawn(process.execPath, ["--test", "--test-concurrency=1", "e2e/**/*.test.ts"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, AMAP_E2E_COSIGN: cosign, AMAP_E2E_REGISTRY: registry.host },
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  await new Promise((resolve) => child.once("close", resolve));
} finally {
  await registry.stop();
}
const count = (name: string): number => Number(new RegExp(`^ℹ ${name} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
const passed = count("pass");
const failed = count("fail") + count("cancelled") + (passed === 0 ? 1 : 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
