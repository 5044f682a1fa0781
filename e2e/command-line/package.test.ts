/** The published package: packed, installed into an empty folder, run. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "amap-package-"));
const amap = join(folder, "node_modules", ".bin", "amap");

function run(command: string, words: readonly string[], cwd = folder): string {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  assert.equal(status, 0, `${command} ${words.join(" ")}: ${stderr}\n${stdout}`);
  return stdout;
}

before(() => {
  run("npm", ["pack", "--silent", "--pack-destination", folder], root);
  const packed = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  // The Node that the package brings for older machines is left out here: this one is new enough, and it is large.
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--omit=optional", `./${packed}`]);
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("it needs no other package, and carries the licences of what it contains", () => {
  assert.deepEqual(
    readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith(".")),
    ["amap"],
  );
  assert.ok(existsSync(join(folder, "node_modules", "amap", "dist", "THIRD-PARTY-NOTICES.txt")));
  assert.ok(!existsSync(join(folder, "node_modules", "amap", "src")));
});

test("amap version", () => assert.match(run(amap, ["version"]), /^amap \d+\.\d+\.\d+$/m));

test("amap demo allows the good image and denies every twin", () => {
  const report = JSON.parse(run(amap, ["demo", "--quiet", "-o", "json"]));
  assert.equal(report.asExpected, true);
  run(amap, ["verify", "--key", ".amap/demo/cosign.pub", "--insecure-ignore-tlog", "oci:.amap/demo/image:v1"]);
  run(amap, ["tree", "oci:.amap/demo/image:v1"]);
});
