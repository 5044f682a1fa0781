/**
 * `amap convert-policy` over every validate and mutate rule of Kyverno's own test folders: how many are converted, how
 * many of these are proven equal on the objects of their folder and on a thousand that were made, and why the others are
 * not (generate and verifyImages rules, cleanup policies and exceptions: other-rules.ts). A rule that was converted and differs is a failed case; one that was not converted is counted by its reason.
 * AMAP_GENERATED says how many objects are made for each rule, AMAP_SEED which ones.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Proof, proveConversion } from "../../src/app/index.ts";
import {
  isAmapError,
  isValueObject,
  listOf,
  memberOf,
  readYaml,
  textOf,
  type Value,
  type ValueObject,
} from "../../src/base/index.ts";
import { type ConvertedRule, convertPolicy, decodePolicy, findKubernetesKind } from "../../src/policy/index.ts";
import { type CaseResult, judgeWithLedger, type SuiteResult, suiteNotRun } from "../../src/testing/conformance.ts";
import { OtherRules } from "./other-rules.ts";

const SUITE = "kyverno-convert";
const GENERATED = Number(process.env["AMAP_GENERATED"] ?? 1_000);

/** What is counted. */
interface Figures {
  rules: number;
  converted: number;
  proven: number;
  ownCases: number;
  requests: number;
  /** Converted and equal, but no request made the rule deny or change anything. */
  idle: number;
  differing: number;
  readonly reasons: Map<string, number>;
}

/** Converts and proves. */
export function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const root = join(options.suitesDirectory, "kyverno");
  if (!existsSync(join(root, "index.tsv"))) return Promise.resolve(suiteNotRun(SUITE, `${root} has no index.tsv`));
  const figures: Figures = {
    rules: 0,
    converted: 0,
    proven: 0,
    ownCases: 0,
    requests: 0,
    idle: 0,
    differing: 0,
    reasons: new Map(),
  };
  const results: CaseResult[] = [];
  const seen = new Set<string>();
  for (const file of yamlFiles(root)) {
    for (const document of documentsOf(file)) results.push(...judgePolicy(root, file, document, seen, figures));
  }
  printFigures(figures);
  const others = new OtherRules({ given: [], generated: GENERATED, seed: process.env["AMAP_SEED"] ?? "1" });
  for (const suite of ["kyverno", "kyverno-apply", "kyverno-chainsaw"])
    others.run(join(options.suitesDirectory, suite));
  for (const line of others.lines()) console.log(`    ${line}`);
  results.push(...others.results);
  return Promise.resolve(judgeWithLedger(SUITE, named(results), []));
}

/** Files have policies of the same name, and policies rules of the same name. */
function named(results: readonly CaseResult[]): readonly CaseResult[] {
  const counts = new Map<string, number>();
  return results.map((result) => {
    const count = (counts.get(result.case) ?? 0) + 1;
    counts.set(result.case, count);
    return count === 1 ? result : { ...result, case: `${result.case} (${count})` };
  });
}

function judgePolicy(
  root: string,
  file: string,
  document: Value,
  seen: Set<string>,
  figures: Figures,
): readonly CaseResult[] {
  if (
    !/^(?:ClusterPolicy|Policy)$/.test(textOf(document, "kind")) ||
    !textOf(document, "apiVersion").startsWith("kyverno.io/")
  )
    return [];
  // The same policy stands in several folders.
  const key = JSON.stringify(memberOf(document, "spec"), (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  if (seen.has(key)) return [];
  seen.add(key);
  const decoded = decodePolicy(document, { source: file, document: 1 });
  if (!decoded.ok || (decoded.value.kind !== "ClusterPolicy" && decoded.value.kind !== "Policy")) return [];
  const resource = decoded.value;
  const rules = (resource.policy.spec.rules ?? []).filter(
    ({ validate, mutate }) => validate !== undefined || mutate !== undefined,
  );
  figures.rules += rules.length;
  const { converted: whole, unconverted } = convertPolicy(resource);
  const converted = whole.filter(({ phase }) => phase === "validate" || phase === "mutate");
  for (const { path, reason } of unconverted) {
    const rule = (resource.policy.spec.rules ?? [])[Number(/^spec\.rules\[([0-9]+)\]/.exec(path)?.[1] ?? 0)];
    if (rule?.validate === undefined && rule?.mutate === undefined) continue;
    const short = reason.replaceAll(/"[^"]*"|\{\{.*?\}\}/g, "…");
    figures.reasons.set(short, (figures.reasons.get(short) ?? 0) + 1);
  }
  const own = ownObjects(file);
  const given = own.map((object) => ({
    origin: `${textOf(object, "kind")} of its case`,
    input: { object, operation: "CREATE" as const },
  }));
  // A rule over Pods may be a policy for each place that they are in.
  return [...Map.groupBy(converted, ({ path }) => path).values()].map((parts) => {
    figures.converted++;
    const proofs = parts.map((part) =>
      proveConversion(resource, part, { given, generated: GENERATED, seed: process.env["AMAP_SEED"] ?? "1" }),
    );
    for (const { compared } of proofs) figures.requests += compared;
    figures.ownCases += given.length;
    const [rule] = parts as [ConvertedRule];
    const name = document === undefined ? "" : textOf(memberOf(document, "metadata"), "name");
    return caseOf(`${relative(root, file)}#${name}/${rule.rule}`, rule, wholeProof(proofs), figures);
  });
}

/** What the proofs of a rule's parts come to: as little as the least of them shows. */
function wholeProof(proofs: readonly Proof[]): Proof {
  const worst =
    proofs.find(({ refused, counterexample }) => refused !== undefined || counterexample !== undefined) ??
    proofs.find(({ denied, changed }) => denied + changed === 0) ??
    proofs[0];
  return worst ?? { compared: 0, denied: 0, changed: 0 };
}

function caseOf(name: string, { path }: ConvertedRule, proof: Proof, figures: Figures): CaseResult {
  const { counterexample, refused, denied, changed } = proof;
  if (refused !== undefined) {
    figures.differing++;
    return { case: name, passed: false, message: `${path}: ${refused}` };
  }
  if (counterexample !== undefined) {
    figures.differing++;
    const { rule, converted, differsIn, origin } = counterexample;
    const message = `${differsIn} (${origin}): the rule ${rule.verdict} ${rule.message.slice(0, 120)}; the new policy ${converted.verdict} ${converted.message.slice(0, 120)}`;
    return { case: name, passed: false, message };
  }
  if (denied + changed > 0) figures.proven++;
  else {
    figures.idle++;
    console.log(`    not proven, no request was denied or changed: ${name}`);
  }
  return { case: name, passed: true };
}

/** Objects of the folder's files that are no policies and no files of tests. */
function ownObjects(file: string): readonly ValueObject[] {
  const folder = dirname(file);
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .flatMap((name) => documentsOf(join(folder, name)))
    .flatMap((document): readonly Value[] =>
      textOf(document, "kind") === "List" ? listOf(document, "items") : [document],
    )
    .filter(isValueObject)
    .filter(
      (document) =>
        textOf(document, "kind") !== "" &&
        !/kyverno\.io\//.test(textOf(document, "apiVersion")) &&
        isValueObject(document["metadata"]),
    )
    .map(inNamespace);
}

/** As the command line reads it: in the namespace default where it says none. */
function inNamespace(object: ValueObject): ValueObject {
  const metadata = memberOf(object, "metadata");
  const known = findKubernetesKind(textOf(object, "apiVersion"), textOf(object, "kind"));
  if (textOf(metadata, "namespace") !== "" || known?.namespaced === false || !isValueObject(metadata)) return object;
  return { ...object, metadata: { ...metadata, namespace: "default" } };
}

function documentsOf(path: string): readonly Value[] {
  try {
    return readYaml(readFileSync(path, "utf8"));
  } catch (error) {
    // Some files of the suite are templates, or broken on purpose.
    if (isAmapError(error)) return [];
    throw error;
  }
}

function yamlFiles(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(root, name))
    .toSorted();
}

function printFigures({ rules, converted, proven, ownCases, requests, idle, differing, reasons }: Figures): void {
  console.log(`    ${rules} validate and mutate rules: ${converted} converted, of these`);
  console.log(
    `      ${proven} proven equal, on ${ownCases} objects of their cases and ${GENERATED} made for each (${requests} requests in all)`,
  );
  console.log(`      ${idle} equal, but no request was denied or changed; ${differing} differ`);
  console.log(`    ${rules - converted} not converted:`);
  for (const [reason, count] of [...reasons].toSorted(([, one], [, other]) => other - one))
    console.log(`      ${count} ${reason}`);
}
