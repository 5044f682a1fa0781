/** Test folders through `kyverno test` and `amap test`: the rows of their tables, and whether all is as expected. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseTestSelector, runTests } from "../../src/app/index.ts";
import { isAmapError, readJsonFast, textOf, type Value } from "../../src/base/index.ts";
import { createFakeWorld } from "../../src/testing/fake-world.ts";
import type { TestFolder } from "./test-folders.ts";

/** The rows of a table, each as one line; or why there is none. */
export type TestOutcome =
  | { readonly status: "checked"; readonly rows: readonly string[] }
  | { readonly status: "failed"; readonly reason: string };

const row = (...cells: readonly string[]): string => cells.join(" | ");

/** What Kyverno says of each folder, by name. A call that fails is made again with halves. */
export function testByKyverno(binary: string, folders: readonly TestFolder[]): ReadonlyMap<string, TestOutcome> {
  const root = mkdtempSync(join(tmpdir(), "amap-kyverno-test-"));
  try {
    for (const { name, files } of folders) {
      mkdirSync(join(root, name));
      for (const [file, text] of Object.entries(files)) writeFileSync(join(root, name, file), text);
    }
    const args = ["test", root, "--remove-color", "-o", "json"];
    const { stdout, stderr } = spawnSync(binary, args, { encoding: "utf8", maxBuffer: 1 << 28 });
    const crash = /^(?:panic|fatal error|Error):.*$/m.exec(stderr)?.[0];
    const found = readTables(stdout);
    // Tests that failed end in an error, too.
    if (folders.every(({ name }) => found.has(name))) return found;
    const [only, second] = folders;
    if (only === undefined) return new Map();
    if (second === undefined) return new Map([[only.name, { status: "failed", reason: crash ?? "there is no table" }]]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  const half = folders.length >> 1;
  return new Map([...testByKyverno(binary, folders.slice(0, half)), ...testByKyverno(binary, folders.slice(half))]);
}

/** By folder: the array behind the line that names its file. */
function readTables(stdout: string): ReadonlyMap<string, TestOutcome> {
  const found = new Map<string, TestOutcome>();
  for (const section of stdout.split(/^Loading test {2}\( /m).slice(1)) {
    const name = section.slice(0, section.indexOf(" )")).split("/").at(-2) ?? "";
    const table = /^(?:\[\]|\[$.*?^\])$/ms.exec(section)?.[0];
    if (table === undefined) continue;
    // Of an object that was generated Kyverno shows the name behind a slash.
    const rows = (readJsonFast(table) as readonly Value[]).map((each) => {
      const cell = (key: string): string => textOf(each, key);
      return row(cell("POLICY"), cell("RULE"), cell("RESOURCE").replace(/^\//, ""), cell("RESULT"), cell("REASON"));
    });
    found.set(name, { status: "checked", rows });
  }
  return found;
}

/** What amap says of a folder. */
export async function testByAmap({ name, files }: TestFolder): Promise<TestOutcome> {
  const world = createFakeWorld(
    Object.fromEntries(Object.entries(files).map(([file, text]) => [`/${name}/${file}`, text])),
  );
  const rows: string[] = [];
  try {
    const options = { fileName: "kyverno-test.yaml", select: parseTestSelector("") };
    for await (const report of runTests(world, [`/${name}`], options)) {
      rows.push(...report.rows.map((each) => row(each.policy, each.rule, each.resource, each.result, each.reason)));
    }
    return { status: "checked", rows };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { status: "failed", reason: `${error.code}: ${error.message}` };
  }
}

/** How the tables differ; undefined where they do not. Kyverno lists the rows of one result in the order of a Go map. */
export function compareTables(amap: TestOutcome, kyverno: TestOutcome): string | undefined {
  if (amap.status === "failed" && kyverno.status === "failed") return undefined;
  const show = (outcome: TestOutcome): string =>
    outcome.status === "failed" ? `failed: ${outcome.reason}` : outcome.rows.toSorted().join("\n      ");
  const [own, theirs] = [show(amap), show(kyverno)];
  return own === theirs ? undefined : `amap:\n      ${own}\n      Kyverno:\n      ${theirs}`;
}

/** Why the tables of a folder may differ, where the reason can be told from Kyverno's. */
export function explainTables({ isLost }: TestFolder, kyverno: TestOutcome): string | undefined {
  if (kyverno.status === "failed") return `Kyverno's process ends: ${kyverno.reason}`;
  return isLost
    ? "a mutate rule ended in an error, after which Kyverno has an empty object and holds that against the files; amap holds the object as it was against them"
    : undefined;
}
