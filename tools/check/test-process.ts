/**
 * The program that runs test files in one process: each file is a suite of its own name, so that its hooks stay its
 * own and a failure says where it is from. node's own `--test-isolation=none` is not used: there a file that throws
 * after its first test counts as passed, and hooks of one file run for all.
 */
import { writeSync } from "node:fs";
import { join, relative } from "node:path";
import { before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";

/** Where the name of a file is written when its tests begin; tools/check/unit-tests.ts opens and reads it. */
const PROGRESS_DESCRIPTOR = 3;

/** Loads one file: what it registers becomes its suite, and what it throws is a failed test of it. */
function loadFile(path: string, fileTimeoutMs: number): Promise<void> {
  const name = relative(process.cwd(), path);
  return new Promise((resolve) => {
    void describe(name, { timeout: fileTimeoutMs }, async () => {
      before(() => void writeSync(PROGRESS_DESCRIPTOR, `${name}\n`));
      try {
        await import(pathToFileURL(path).href);
      } catch (error) {
        void test(`${name} loads`, () => {
          throw error;
        });
      }
      resolve();
    });
  });
}

const [timeout, ...files] = process.argv.slice(2);
for (const file of files) await loadFile(join(process.cwd(), file), Number(timeout));
