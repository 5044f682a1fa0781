/**
 * `amap convert-policy` over the generate rules, verifyImages rules, cleanup policies and exceptions of Kyverno's test
 * folders: how many are converted, how many of these are proven equal on objects that were made, and why the others are
 * not. What was converted and differs is a failed case.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Proof, type ProofOptions, proveCleanup, proveException, proveRule } from "../../src/app/index.ts";
import { isAmapError, memberOf, readYaml, textOf, type Value } from "../../src/base/index.ts";
import {
  type ClusterPolicyResource,
  type ConversionNote,
  type ConvertedRule,
  convertCleanupPolicy,
  convertException,
  convertPolicy,
  decodePolicy,
  type PolicyResource,
} from "../../src/policy/index.ts";
import type { CaseResult } from "../../src/testing/conformance.ts";

/** What is counted apart. */
const FAMILIES = ["generate rules", "verifyImages rules", "cleanup policies", "exceptions"] as const;
type Family = (typeof FAMILIES)[number];

interface Figures {
  /** That can be read at all. */
  whole: number;
  converted: number;
  proven: number;
  idle: number;
  differing: number;
  requests: number;
  readonly reasons: Map<string, number>;
}

/** Rules that were converted, with the policies of their folder. */
interface FolderRule {
  readonly policy: string;
  readonly resource: ClusterPolicyResource;
  readonly rule: ConvertedRule;
}

/** Converts and proves what stands in the folders of some suites. */
export class OtherRules {
  readonly results: CaseResult[] = [];
  readonly #figures = new Map<Family, Figures>(
    FAMILIES.map((family) => [
      family,
      { whole: 0, converted: 0, proven: 0, idle: 0, differing: 0, requests: 0, reasons: new Map() },
    ]),
  );
  readonly #seen = new Set<string>();
  readonly #options: ProofOptions;

  constructor(options: ProofOptions) {
    this.#options = options;
  }

  run(root: string): void {
    if (!existsSync(root)) return;
    for (const [folder, resources] of foldersOf(root)) {
      const rules: FolderRule[] = [];
      for (const resource of resources)
        this.#judge(`${relative(dirname(root), folder)}#${resource.name}`, resource, rules);
      for (const resource of resources)
        if (resource.kind === "PolicyException") this.#judgeException(relative(dirname(root), folder), resource, rules);
    }
  }

  /** The figures, a line each. */
  lines(): readonly string[] {
    return [...this.#figures].flatMap(([family, { whole, converted, proven, idle, differing, requests, reasons }]) => [
      `${whole} ${family}: ${converted} converted, of these ${proven} proven equal (${requests} requests in all), ${idle} equal where nothing was done, ${differing} differ`,
      ...[...reasons].toSorted(([, one], [, other]) => other - one).map(([reason, count]) => `  ${count} ${reason}`),
    ]);
  }

  #judge(name: string, resource: PolicyResource, rules: FolderRule[]): void {
    switch (resource.kind) {
      case "ClusterPolicy":
      case "Policy":
        return this.#judgePolicy(name, resource, rules);
      case "CleanupPolicy":
      case "ClusterCleanupPolicy": {
        if (!this.#isNew(resource)) return;
        const { converted, unconverted } = convertCleanupPolicy(resource);
        this.#count("cleanup policies", 1, unconverted);
        for (const part of converted) this.#note("cleanup policies", name, proveCleanup(resource, part, this.#options));
        return;
      }
      default:
        return;
    }
  }

  #judgePolicy(name: string, resource: ClusterPolicyResource, rules: FolderRule[]): void {
    const { metadata, spec } = resource.policy;
    const { converted, unconverted } = convertPolicy(resource);
    const policy = resource.kind === "Policy" ? `${metadata.namespace ?? "default"}/${metadata.name}` : metadata.name;
    rules.push(...converted.map((rule) => ({ policy, resource, rule })));
    if (!this.#isNew(resource)) return;
    for (const [index, rule] of (spec.rules ?? []).entries()) {
      const family =
        rule.generate !== undefined
          ? "generate rules"
          : rule.verifyImages !== undefined
            ? "verifyImages rules"
            : undefined;
      if (family === undefined) continue;
      const isOf = ({ path }: { readonly path: string }): boolean =>
        path === `spec.rules[${index}]` || path.startsWith(`spec.rules[${index}].`);
      const own = converted.filter(isOf);
      // What the whole policy has is a reason for each of its rules.
      const notes =
        own.length > 0 ? [] : unconverted.filter((note) => isOf(note) || !note.path.startsWith("spec.rules"));
      this.#count(family, 1, notes.slice(0, 1));
      for (const each of own) this.#note(family, `${name}/${each.rule}`, proveRule(resource, each, this.#options));
    }
  }

  #judgeException(
    folder: string,
    resource: Extract<PolicyResource, { readonly kind: "PolicyException" }>,
    rules: readonly FolderRule[],
  ): void {
    const { converted, unconverted } = convertException(resource.policy, rules);
    this.#count("exceptions", 1, unconverted.slice(0, 1));
    for (const each of converted) {
      const own = rules.filter(({ rule }) => each.rules.some((named) => named.rule === rule));
      this.#note("exceptions", `${folder}#${resource.name}`, proveException(resource.policy, each, own, this.#options));
    }
  }

  /** The same policy stands in several folders. */
  #isNew({ policy }: PolicyResource): boolean {
    const key = JSON.stringify(policy, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  #count(family: Family, whole: number, notes: readonly ConversionNote[]): void {
    const figures = this.#figures.get(family);
    if (figures === undefined) return;
    figures.whole += whole;
    for (const { reason } of notes) {
      const short = reason
        .replace(/^no rule .*/, "the rule was not converted, or is not in the folder")
        .replaceAll(/"[^"]*"|\{\{.*?\}\}/g, "…");
      figures.reasons.set(short, (figures.reasons.get(short) ?? 0) + 1);
    }
  }

  #note(family: Family, name: string, proof: Proof): void {
    const figures = this.#figures.get(family);
    if (figures === undefined) return;
    figures.converted++;
    figures.requests += proof.compared;
    const { counterexample, refused } = proof;
    if (refused !== undefined || counterexample !== undefined) {
      figures.differing++;
      const message =
        counterexample === undefined
          ? (refused ?? "")
          : `${counterexample.differsIn} (${counterexample.origin}): the rule ${counterexample.rule.verdict} ${counterexample.rule.message.slice(0, 120)}; the new policy ${counterexample.converted.verdict} ${counterexample.converted.message.slice(0, 120)}`;
      this.results.push({ case: name, passed: false, message });
      return;
    }
    const acted = proof.excepted ?? proof.denied + proof.changed + (proof.made ?? 0) + (proof.deleted ?? 0);
    if (acted > 0) figures.proven++;
    else figures.idle++;
    this.results.push({ case: name, passed: true });
  }
}

function foldersOf(root: string): ReadonlyMap<string, readonly PolicyResource[]> {
  const folders = new Map<string, PolicyResource[]>();
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name));
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).toSorted()) {
    const folder = dirname(path);
    const resources = documentsOf(path).flatMap((document): readonly PolicyResource[] => {
      if (!textOf(document, "apiVersion").startsWith("kyverno.io/") || memberOf(document, "spec") === undefined)
        return [];
      const decoded = decodePolicy(document, { source: path, document: 1 });
      return decoded.ok ? [decoded.value] : [];
    });
    folders.set(folder, [...(folders.get(folder) ?? []), ...resources]);
  }
  return folders;
}

function documentsOf(path: string): readonly Value[] {
  try {
    return readYaml(readFileSync(path, "utf8"));
  } catch (error) {
    // Some files of the suites are templates, or broken on purpose.
    if (isAmapError(error)) return [];
    throw error;
  }
}
