import { parseAnchor } from "../../language/pattern/anchor.ts";
import { findKubernetesKind, type KubernetesKind } from "../kubernetes-kinds.ts";
import type { KyvernoRule } from "./cluster-policy.ts";
import type { FindingsWriter } from "./findings.ts";
import type { ForEachGeneration, Generation } from "./rule-actions.ts";
import type { MatchContext } from "./validate-match.ts";
import { visitKeys } from "./visit-texts.ts";

const GENERATION_KINDS = ["data", "clone", "cloneList", "foreach"] as const;

/** What a rule makes: one source, and all that names the object. */
export function validateGeneration(
  rule: KyvernoRule,
  path: string,
  context: MatchContext,
  findings: FindingsWriter,
): void {
  const { generate } = rule;
  if (generate === undefined) return;
  const kinds = GENERATION_KINDS.filter((name) => generate[name] !== undefined);
  if (kinds.length > 1) {
    findings.fail(path, `expected one of ${GENERATION_KINDS.join(", ")}, found ${kinds.join(" and ")}`);
    return;
  }
  if (generate.foreach === undefined) checkGeneration(generate, path, context, findings);
  generate.foreach?.forEach((each, index) => {
    checkGeneration(each, `${path}.foreach[${index}]`, context, findings);
  });
  visitKeys(generate.data, `${path}.data`, (key, _member, at) => {
    if (parseAnchor(key) !== undefined)
      findings.fail(at, `anchors such as ${key} have no meaning in an object to make`);
  });
  const { kind } = generate;
  if (kind !== undefined && (rule.match.resources?.kinds ?? []).includes(kind)) {
    findings.fail(`${path}.kind`, `the rule makes ${kind} objects of ${kind} objects, without end`);
  }
}

type GenerationPattern = Generation | ForEachGeneration;

function checkGeneration(
  pattern: GenerationPattern,
  path: string,
  context: MatchContext,
  findings: FindingsWriter,
): void {
  const { apiVersion = "", kind = "", name = "", namespace = "", cloneList } = pattern;
  const sources = cloneList?.kinds ?? [];
  if (sources.length === 0) {
    for (const [field, value] of Object.entries({ apiVersion, kind, name })) {
      if (value === "") findings.fail(`${path}.${field}`, `expected the ${field} of the object to make`);
    }
  } else if ((cloneList?.namespace ?? "") === "" && sources.some(isNamespacedSource)) {
    findings.fail(`${path}.cloneList.namespace`, "expected the namespace of the objects to copy");
  }
  if (kind !== "" && namespace === "" && findKubernetesKind(apiVersion, kind)?.namespaced === true) {
    findings.fail(`${path}.namespace`, `expected a namespace: a ${kind} lives in one`);
  }
  refuseScope(pattern, path, findings);
  warnOfVariables(pattern, path, findings);
  if (context.namespaced) checkOwnNamespace(pattern, path, context.policyNamespace, findings);
}

function warnOfVariables({ clone, cloneList }: GenerationPattern, path: string, findings: FindingsWriter): void {
  if (JSON.stringify([clone ?? null, cloneList ?? null]).includes("{{")) {
    const at = clone === undefined ? `${path}.cloneList` : `${path}.clone`;
    findings.warn(at, "with variables here the made objects cannot be kept in step with their source");
  }
}

/** What a cluster refuses and Kyverno's CLI lets pass, because it does not know the kinds. */
function refuseScope(
  { apiVersion = "", kind = "", namespace = "", cloneList }: GenerationPattern,
  path: string,
  findings: FindingsWriter,
): void {
  if (namespace !== "" && findKubernetesKind(apiVersion, kind)?.namespaced === false) {
    findings.failInCluster(`${path}.namespace`, `a ${kind} lives in no namespace`);
  }
  const sources = cloneList?.kinds ?? [];
  const clusterWide = sources.filter((source) => kindOfSource(source)?.namespaced === false);
  if (clusterWide.length === 0 || (clusterWide.length === sources.length && !cloneList?.namespace)) return;
  const message = `${clusterWide.join(", ")} live in no namespace: expected no namespace and no other kinds`;
  findings.failInCluster(`${path}.cloneList`, message);
}

/** Whether `v1/Secret` lives in a namespace, as far as that is known. */
function isNamespacedSource(source: string): boolean {
  return kindOfSource(source)?.namespaced === true;
}

function kindOfSource(source: string): KubernetesKind | undefined {
  const at = source.lastIndexOf("/");
  return findKubernetesKind(source.slice(0, Math.max(0, at)), source.slice(at + 1));
}

function checkOwnNamespace(
  { namespace = "", clone, cloneList }: GenerationPattern,
  path: string,
  own: string,
  findings: FindingsWriter,
): void {
  const message = `a Policy works in its own namespace only: expected ${JSON.stringify(own)}`;
  if (namespace !== own) findings.fail(`${path}.namespace`, message);
  if ((clone?.name ?? "") !== "" && clone?.namespace !== own) findings.fail(`${path}.clone.namespace`, message);
  if ((cloneList?.kinds ?? []).length > 0 && cloneList?.namespace !== own) {
    findings.fail(`${path}.cloneList.namespace`, message);
  }
}
