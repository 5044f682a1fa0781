/** The program among other programs: closed pipes and signals. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const root = join(import.meta.dirname, "..", "..");
const amap = join(root, "bin", "amap.mjs");
const folder = mkdtempSync(join(tmpdir(), "amap-terminal-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function shell(script: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync("bash", ["-c", script, "bash", process.execPath, amap], { cwd: folder, encoding: "utf8" });
}

test("a reader that goes away ends a run without a trace, and never with 0", () => {
  const storefront = join(root, "examples", "storefront");
  const ended = shell(`"$1" "$2" sbom dir:${storefront} -o cyclonedx-json | head -n 1; exit \${PIPESTATUS[0]}`);
  assert.equal(ended.stdout, "{\n");
  assert.doesNotMatch(ended.stderr, /EPIPE|at .*\(/);
  // A small document may be written before the reader goes; then nothing was lost and 0 is true.
  assert.ok(ended.status === 141 || ended.status === 0, String(ended.status));
});

test("a denial stays a denial when its report is not read to the end", () => {
  const twin = "registry.example/storefront=oci:.amap/demo/twins/unsigned";
  const check = `"$1" "$2" check --policy .amap/demo/policy.yaml --image-source ${twin} .amap/demo/deployment.yaml -o json`;
  const ended = shell(`"$1" "$2" demo --quiet > /dev/null && ${check} | head -n 1; exit \${PIPESTATUS[0]}`);
  assert.ok(ended.status === 141 || ended.status === 1, `${ended.status}: ${ended.stderr}`);
});
