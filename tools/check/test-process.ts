/**
 * The program that runs test files in one process: each file is a suite of its own name, so that its hooks stay its
 * own and a failure says where it is from. node's own `--test-isolation=none` is not used: there a file that throws
 * after its first test counts as passed, and hooks of one file run for all.
 */
import "./derived-keys.ts";
import { writeSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { findLeftBehind, readProcessState } from "./left-behind.ts";

/** Where the name of a file is written when its tests begin; tools/check/unit-tests.ts opens and reads it. */
const PROGRESS_DESCRIPTOR = 3;

/** Loads one file: what it registers becomes its suite, and what it throws or leaves behind is a failure of it. */
function runFile(path: string, fileTimeoutMs: number): Promise<void> {
  const name = relative(process.cwd(), path);
  return new Promise((resolve) => {
    void describe(name, { timeout: fileTimeoutMs }, async () => {
      const state = readProcessState();
      before(() => void writeSync(PROGRESS_DESCRIPTOR, `${name}\n`));
      try {
        await import(pathToFileURL(path).href);
      } catch (error) {
        void test(`${name} loads`, () => {
          throw error;
        });
      }
      // After the file's own hooks, which close what its tests opened.
      after(async () => {
        const found = await findLeftBehind(state);
        resolve();
        if (found.length === 0) return;
        const problem = `${name} left behind for the next file: ${found.join(", ")}`;
        // Told here too: with something open the process does not end, and its report has no list of failures.
        writeSync(2, `${problem}\n`);
        throw new Error(problem);
      });
    });
  });
}

const [timeout, ...files] = process.argv.slice(2);
for (const file of files) await runFile(join(process.cwd(), file), Number(timeout));
