import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ERROR_CODES } from "../../src/base/index.ts";
import { renderErrors } from "./errors.ts";

const root = join(import.meta.dirname, "..", "..");
const source = globSync("src/**/*.ts", { cwd: root })
  .filter((path) => !/\.(test|contract)\.ts$|errors[\\/]codes\.ts$|^src[\\/]testing[\\/]/.test(path))
  .map((path) => readFileSync(join(root, path), "utf8"))
  .join("\n");

test("every error code is used by the source", () => {
  assert.deepEqual(
    Object.keys(ERROR_CODES).filter((code) => !source.includes(`"${code}"`)),
    [],
  );
});

test("every error code is on the reference page", () => {
  const page = renderErrors();
  assert.deepEqual(
    Object.keys(ERROR_CODES).filter((code) => !page.includes(`| \`${code}\` |`)),
    [],
  );
});
