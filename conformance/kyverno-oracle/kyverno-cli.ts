/** Kyverno's command line, run over many pairs at once. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  equalValues,
  isValueObject,
  listOf,
  memberOf,
  readJsonFast,
  readYaml,
  textOf,
  type Value,
  type ValueObject,
} from "../../src/base/index.ts";
import { type GivenFiles, givenFilesOf } from "./given-files.ts";
import { keyOf, type Outcome, type RuleResult } from "./outcome.ts";
import type { Pair } from "./pairs.ts";

/**
 * What Kyverno says of each pair, by name. A call that crashes is made again with halves, until the pair that crashes
 * it stands alone.
 */
export function runKyverno(binary: string, pairs: readonly Pair[]): ReadonlyMap<string, Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "amap-kyverno-oracle-"));
  try {
    const run = runOnce(binary, folder, pairs);
    if (typeof run !== "string") return run;
    const [only, second] = pairs;
    if (only === undefined) return new Map();
    if (second === undefined) return new Map([[only.name, { status: "crashed", reason: run }]]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const half = pairs.length >> 1;
  return new Map([...runKyverno(binary, pairs.slice(0, half)), ...runKyverno(binary, pairs.slice(half))]);
}

/** Policies that its own validation refuses, and those that do not fit their schema. */
const SKIPPED = /^\d+\. (\S+): (.*)$/gm;
const NOT_LOADED = /Policy\.kyverno\.io \\"([^"]+)\\" is invalid: (.*)/g;

/** The outcomes, or the line that says why there are none. */
function runOnce(binary: string, folder: string, pairs: readonly Pair[]): ReadonlyMap<string, Outcome> | string {
  const mutated = join(folder, "mutated");
  mkdirSync(mutated);
  const files = givenFilesOf(pairs);
  for (const [name, text] of Object.entries(files.texts)) writeFileSync(join(folder, name), text);
  const args = [...argumentsOf(files), "-p", "--output-format", "json", "-o", mutated, "--remove-color"];
  const { stdout, stderr } = spawnSync(binary, args, { encoding: "utf8", maxBuffer: 1 << 28, cwd: folder });
  const crash = /^(?:panic|fatal error|Error):.*$/m.exec(stderr);
  if (crash !== null) return crash[0];
  const refused = new Map(
    [...stdout.matchAll(SKIPPED), ...stderr.matchAll(NOT_LOADED)].map(([, name = "", reason = ""]) => [name, reason]),
  );
  const results = readResults(stdout);
  return new Map(
    pairs.map((pair): [string, Outcome] => {
      const reason = refused.get(pair.name);
      if (reason !== undefined) return [pair.name, { status: "refused", reason }];
      return [
        pair.name,
        { status: "applied", results: results.get(pair.name) ?? [], ...readObjects(mutated, pair, files) },
      ];
    }),
  );
}

function argumentsOf({ texts, set }: GivenFiles): readonly string[] {
  const flags = [
    ["targets.yaml", "--target-resource"],
    ["exceptions.yaml", "--exception"],
    ["userinfo.yaml", "-u"],
    ["values.yaml", "-f"],
  ] as const;
  return [
    "apply",
    "policies.yaml",
    "-r",
    "resources.yaml",
    ...flags.flatMap(([name, flag]) => (texts[name] === undefined ? [] : [flag, name])),
    ...set.flatMap((each) => ["--set", each]),
  ];
}

/** What it wrote: the object and targets as they were last, and what was generated. */
function readObjects(
  folder: string,
  { name, resource, given }: Pair,
  { originals }: GivenFiles,
): Pick<Outcome & { readonly status: "applied" }, "patched" | "others"> {
  const read = (file: string): readonly ValueObject[] => {
    const path = join(folder, file);
    return existsSync(path) ? readYaml(readFileSync(path)).filter((each) => isValueObject(each)) : [];
  };
  let patched: Value = resource;
  const own = keyOf(resource);
  const others = new Map<string, Value>();
  for (const object of read(`${textOf(memberOf(resource, "metadata") ?? null, "name")}-mutated.yaml`)) {
    const key = keyOf(object);
    // A rule for targets leaves the object as it is, and may have it as a target.
    const isTarget = key === own ? given?.targets !== undefined : originals.has(key);
    if (!isTarget) patched = Object.keys(object).length === 0 ? null : object;
    else if (key !== own || !equalValues(object, resource)) others.set(key, object);
  }
  for (const object of read(`${name}-generated.yaml`)) others.set(keyOf(object), object);
  return { patched, others: [...others.values()] };
}

/** The results of all reports, by policy and in the order of its rules. */
function readResults(stdout: string): ReadonlyMap<string, readonly RuleResult[]> {
  const found = new Map<string, RuleResult[]>();
  for (const line of stdout.split("\n")) {
    const start = line.indexOf('{"kind":');
    if (start < 0) continue;
    for (const entry of listOf(readJsonFast(line.slice(start)), "results")) {
      const name = textOf(entry, "policy").split("/").at(-1) ?? "";
      // Policies of the newer pairs may look at the objects of other pairs too.
      const [about] = listOf(entry, "resources");
      const object = textOf(about ?? null, "name");
      if (object !== "" && object !== name.replace(/^pair-/, "object-")) continue;
      const list = found.get(name) ?? [];
      list.push({ rule: textOf(entry, "rule"), result: textOf(entry, "result"), message: textOf(entry, "message") });
      found.set(name, list);
    }
  }
  return found;
}
