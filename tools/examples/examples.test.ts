import assert from "node:assert/strict";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { extractExamples, toModule } from "./extract.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, ".cache", "examples");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

let count = 0;
for (const path of globSync("src/**/*.ts", { cwd: root }).sort()) {
  if (/\.(test|contract)\.ts$/.test(path)) continue;
  const file = join(root, path);
  for (const example of extractExamples(readFileSync(file, "utf8"))) {
    count += 1;
    const module = join(folder, `${path.replaceAll(/[\\/]/g, "-").replace(/\.ts$/, "")}-${example.line}.ts`);
    test(`the example at ${path}:${example.line} runs and says what it gives`, async () => {
      const resolveImport = (specifier: string): string => {
        const target = relative(folder, resolve(dirname(file), specifier));
        return target.startsWith(".") ? target : `./${target}`;
      };
      writeFileSync(module, toModule(example, resolveImport));
      await import(pathToFileURL(module).href);
    });
  }
}

test("the examples were found", () => assert.ok(count > 40, `${count} examples`));

test("an example that says something untrue fails", async () => {
  const module = join(folder, "untrue.ts");
  writeFileSync(
    module,
    toModule({ line: 1, code: "1 + 1; // 3" }, (specifier) => specifier),
  );
  await assert.rejects(import(pathToFileURL(module).href), /1 \+ 1; \/\/ 3/);
});
