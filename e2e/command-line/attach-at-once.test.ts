/** Fifty attestations at once from five processes: all fifty are found afterwards, in each form (pain 2). */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { storefrontImage } from "../../src/app/demo/storefront.ts";
import { buildImage, parseImageTarget } from "../../src/app/index.ts";
import { createWorld } from "../../src/wiring/index.ts";

const root = join(import.meta.dirname, "..", "..");
const REGISTRIES = {
  "docker-registry": process.env["AMAP_E2E_REGISTRY"] ?? "",
  "a registry with the referrers API": process.env["AMAP_E2E_REFERRERS_REGISTRY"] ?? "",
};
const folder = mkdtempSync(join(tmpdir(), "amap-e2e-storm-"));
const env = { ...process.env, COSIGN_PASSWORD: "e2e", HOME: folder, NO_COLOR: "1" };
const PROCESSES = 5;
const EACH = 10;

async function push(registry: string, name: string): Promise<string> {
  const world = createWorld({ offline: false, env });
  const storage = await world.openStorage(parseImageTarget(`${registry}/${name}:v1`));
  const built = await buildImage(world, storage, storefrontImage(join(root, "examples"), "v1"));
  await world.close();
  return `${registry}/${name}@${built.index.digest}`;
}

/** Ends with the exit code and what was said. */
function attachMany(image: string, form: string, first: number): Promise<readonly [number | null, string]> {
  const script = join(import.meta.dirname, "attach-at-once.ts");
  const words = [script, image, form, join(folder, "storm.key"), String(first), String(EACH)];
  const child = spawn(process.execPath, words, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Uint8Array) => {
    said += String(chunk);
  });
  return new Promise((resolve) => child.on("close", (status) => resolve([status, said])));
}

function amap(...words: readonly string[]): string {
  const script = join(root, "bin", "amap.mjs");
  const ended = spawnSync(process.execPath, [script, ...words], { cwd: folder, env, encoding: "utf8", maxBuffer: 1e8 });
  assert.equal(ended.status, 0, `${ended.stderr}\n${ended.stdout}`);
  return ended.stdout;
}

before(() => void amap("generate-key-pair", "--output-key-prefix", "storm"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe(`${PROCESSES * EACH} attestations at once from ${PROCESSES} processes`, () => {
  const cases = Object.entries(REGISTRIES).flatMap(([name, host]) =>
    ["bundle", "tag"].map((form) => ({ name, host, form })),
  );
  for (const { name, host, form } of cases) {
    test(`${form} form, ${name}: all are found and verify`, async () => {
      const image = await push(host, `storm-${form}`);
      const ended = await Promise.all(
        Array.from({ length: PROCESSES }, (_, index) => attachMany(image, form, index * EACH)),
      );
      for (const [status, said] of ended) assert.equal(status, 0, said);
      const type = ["--type", "https://example.com/numbered"];
      const out = amap("verify-attestation", "--key", "storm.pub", "--insecure-ignore-tlog", ...type, image);
      const numbers = out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(atob(JSON.parse(line).payload)).predicate.number as number);
      const expected = Array.from({ length: PROCESSES * EACH }, (_, index) => index);
      assert.deepEqual(
        numbers.toSorted((one, other) => one - other),
        expected,
      );
    });
  }
});
