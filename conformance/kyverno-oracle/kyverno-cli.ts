/** Kyverno's command line, run over many pairs at once. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listOf, memberOf, readJsonFast, readYaml, textOf, type Value } from "../../src/base/index.ts";
import type { Outcome, RuleResult } from "./outcome.ts";
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
  const write = (name: string, documents: readonly Value[]): string => {
    const path = join(folder, name);
    writeFileSync(path, documents.map((document) => JSON.stringify(document)).join("\n---\n"));
    return path;
  };
  const policies = write(
    "policies.yaml",
    pairs.map(({ policy }) => policy),
  );
  const resources = write(
    "resources.yaml",
    pairs.map(({ resource }) => resource),
  );
  const values = write("values.yaml", [valuesOf(pairs)]);
  const args = ["apply", policies, "-r", resources, "-f", values, "-p", "--output-format", "json", "-o", mutated];
  const { stdout, stderr } = spawnSync(binary, [...args, "--remove-color"], { encoding: "utf8", maxBuffer: 1 << 28 });
  const crash = /^(?:panic|fatal error|Error):.*$/m.exec(stderr);
  if (crash !== null) return crash[0];
  const refused = new Map(
    [...stdout.matchAll(SKIPPED), ...stderr.matchAll(NOT_LOADED)].map(([, name = "", reason = ""]) => [name, reason]),
  );
  const results = readResults(stdout);
  return new Map(
    pairs.map(({ name, resource }): [string, Outcome] => {
      const reason = refused.get(name);
      if (reason !== undefined) return [name, { status: "refused", reason }];
      const file = join(mutated, `${textOf(memberOf(resource, "metadata") ?? null, "name")}-mutated.yaml`);
      const patched = existsSync(file) ? readYaml(readFileSync(file)).at(-1) : undefined;
      return [name, { status: "applied", results: results.get(name) ?? [], patched: patched ?? resource }];
    }),
  );
}

/** A values file that gives each object its operation. */
export function valuesOf(pairs: readonly Pair[]): Value {
  return {
    apiVersion: "cli.kyverno.io/v1alpha1",
    kind: "Values",
    metadata: { name: "values" },
    policies: pairs.map(({ name, resource, operation, policy }) => ({
      name: textOf(memberOf(policy, "metadata") ?? null, "name") || name,
      resources: [
        { name: textOf(memberOf(resource, "metadata") ?? null, "name"), values: { "request.operation": operation } },
      ],
    })),
  };
}

/** The results of all reports, by policy and in the order of its rules. */
function readResults(stdout: string): ReadonlyMap<string, readonly RuleResult[]> {
  const found = new Map<string, RuleResult[]>();
  for (const line of stdout.split("\n")) {
    const start = line.indexOf('{"kind":');
    if (start < 0) continue;
    for (const entry of listOf(readJsonFast(line.slice(start)), "results")) {
      const name = textOf(entry, "policy").split("/").at(-1) ?? "";
      const list = found.get(name) ?? [];
      list.push({ rule: textOf(entry, "rule"), result: textOf(entry, "result"), message: textOf(entry, "message") });
      found.set(name, list);
    }
  }
  return found;
}
