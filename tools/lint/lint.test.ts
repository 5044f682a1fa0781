import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LINT_RULES, lintText } from "./rules.ts";

const root = join(import.meta.dirname, "..", "..");

const PLANTED: readonly (readonly [rule: string, path: string, code: string])[] = [
  ["no-clock-in-the-core", "src/policy/x.ts", "const now = Date.now();"],
  ["no-clock-in-the-core", "src/app/x.ts", "const now = new Date();"],
  ["no-randomness-in-the-core", "src/base/x.ts", "Math.random()"],
  ["no-json-parse-outside-base", "src/cli/x.ts", "JSON.parse(text)"],
  ["no-fetch", "src/adapters/x/x.ts", "await fetch(url)"],
  ["no-regexp-from-text", "src/policy/x.ts", "new RegExp(text)"],
  ["no-silent-catch-in-policy", "src/policy/x.ts", "try { a(); } catch { return 1; }"],
  ["no-console-outside-the-shells", "src/app/x.ts", "console.log(1)"],
];

for (const [rule, path, code] of PLANTED) {
  test(`${rule} catches ${code}`, () => {
    assert.deepEqual(
      lintText(path, `// ${code}\nconst text = "${code.replaceAll('"', "")}";\n${code}\n`).map((f) => [f.rule, f.line]),
      [[rule, 3]],
    );
  });
}

test("every rule has a planted case", () => {
  assert.deepEqual(new Set(PLANTED.map(([rule]) => rule)), new Set(LINT_RULES.map((rule) => rule.name)));
});

test("the source keeps to the rules", () => {
  const files = globSync("src/**/*.ts", { cwd: root });
  assert.ok(files.length > 30);
  const findings = files.flatMap((path) =>
    lintText(path.replaceAll("\\", "/"), readFileSync(join(root, path), "utf8")),
  );
  assert.deepEqual(findings, []);
});
