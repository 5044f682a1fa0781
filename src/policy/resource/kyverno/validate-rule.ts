import { isAmapError, isValueObject, memberOf, readJsonFast, type Value } from "../../../base/index.ts";
import { parseKindSelector } from "../../language/match/kind-selector.ts";
import { kubernetesKinds } from "../kubernetes-kinds.ts";
import { joinPath } from "../schema.ts";
import type { KyvernoRule } from "./cluster-policy.ts";
import type { FindingsWriter } from "./findings.ts";
import { isList, validateConditions } from "./validate-conditions.ts";
import { validateContext } from "./validate-context.ts";
import { validateGeneration } from "./validate-generation.ts";
import { validateVerifyImages } from "./validate-images.ts";
import { kindsOf, type MatchContext, validateMatch } from "./validate-match.ts";
import { validateMutation } from "./validate-mutation.ts";
import { validateReferences } from "./validate-references.ts";
import { validateValidation } from "./validate-validation.ts";
import { refuseElementOutsideLoops, validateVariables } from "./validate-variables.ts";

/** What of its policy decides how a rule is judged. */
export interface RuleContext extends MatchContext {
  /** Whether a fail is audited when the rule says nothing. */
  readonly audits: boolean;
}

const ACTIONS = ["mutate", "validate", "generate", "verifyImages"] as const;

/** A rule beyond its schema, as Kyverno's admission of policies judges it without asking a cluster. */
export function validateRule(rule: KyvernoRule, path: string, context: RuleContext, findings: FindingsWriter): void {
  checkAction(rule, path, findings);
  validateMatch(rule, path, context, findings);
  validateContext(rule.context, `${path}.context`, context.namespaced, findings);
  if (rule.context !== undefined && rule.context.length > 0 && rule.validate?.cel !== undefined) {
    findings.fail(`${path}.context`, "CEL does not see context variables: write variables of validate.cel");
  }
  validateConditions(rule.preconditions, `${path}.preconditions`, findings);
  if (rule.celPreconditions !== undefined && rule.verifyImages === undefined && rule.validate?.cel === undefined) {
    findings.fail(`${path}.celPreconditions`, "expected validate.cel, which alone may have celPreconditions");
  }
  validateValidation(rule, `${path}.validate`, findings);
  validateMutation(rule, `${path}.mutate`, context, findings);
  validateGeneration(rule, `${path}.generate`, context, findings);
  validateVerifyImages(rule, path, context.audits, findings);
  if (kindsOf(rule.match).includes("*") || kindsOf(rule.exclude).includes("*")) checkWildcard(rule, path, findings);
  checkMetadata(rule, path, findings);
  refuseElementOutsideLoops(rule, path, findings);
  validateVariables(rule, path, context.background, findings);
  validateReferences(rule, path, findings);
  warnOfSubresources(rule, path, findings);
  refuseKindsOfSubresources(rule, path, findings);
  if (context.background && rule.validate !== undefined) refuseSubresources(rule, path, findings);
}

function checkAction(rule: KyvernoRule, path: string, findings: FindingsWriter): void {
  const found = ACTIONS.filter((name) => {
    const action = rule[name];
    return Array.isArray(action)
      ? action.some((each) => Object.keys(each).length > 0)
      : Object.keys(action ?? {}).length > 0;
  });
  if (found.length !== 1) {
    findings.fail(path, `expected exactly one of ${ACTIONS.join(", ")}, found ${found.join(" and ") || "none"}`);
  }
  if (rule.name.length > 63) findings.fail(`${path}.name`, `expected at most 63 characters, found ${rule.name.length}`);
  if (rule.imageExtractors !== undefined && !found.includes("verifyImages")) {
    findings.fail(`${path}.imageExtractors`, "expected verifyImages, which alone may have imageExtractors");
  }
}

const METADATA_ONLY = 'with the kind "*" a rule may speak of metadata only';

/** A rule for every kind may ask for what every kind has. */
function checkWildcard(rule: KyvernoRule, path: string, findings: FindingsWriter): void {
  const { validate, mutate } = rule;
  if (rule.generate !== undefined || rule.verifyImages !== undefined || validate?.foreach !== undefined) {
    findings.fail(path, 'the kind "*" is not allowed with generate, verifyImages and validate.foreach');
  }
  const patterns = Array.isArray(validate?.anyPattern) ? (validate.anyPattern as readonly Value[]) : [];
  const bodies: readonly (readonly [string, Value | undefined])[] = [
    ["validate.pattern", validate?.pattern],
    ...patterns.map((pattern, index) => [`validate.anyPattern[${index}]`, pattern] as const),
    ["mutate.patchStrategicMerge", mutate?.patchStrategicMerge],
  ];
  for (const [name, body] of bodies) {
    if (body === undefined || !isValueObject(body)) continue;
    for (const key of Object.keys(body)) {
      if (key !== "metadata") findings.fail(joinPath(`${path}.${name}`, key), METADATA_ONLY);
    }
  }
  checkPatchPaths(mutate?.patchesJson6902 ?? "", `${path}.mutate.patchesJson6902`, findings);
  const conditions = validate?.deny?.conditions;
  if (conditions === undefined || !isList(conditions)) return;
  conditions.forEach(({ key }, index) => {
    if (typeof key === "string" && isAboutMetadata(key)) return;
    findings.fail(`${path}.validate.deny.conditions[${index}].key`, METADATA_ONLY);
  });
}

/** Kyverno looks at patches that are written as JSON; those in YAML it lets pass. */
function checkPatchPaths(patch: string, path: string, findings: FindingsWriter): void {
  let operations: Value;
  try {
    operations = readJsonFast(patch);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return;
  }
  if (!Array.isArray(operations)) return;
  operations.forEach((operation: Value, index) => {
    const pointer = memberOf(operation, "path");
    if (typeof pointer === "string" && pointer.startsWith("/metadata")) return;
    findings.fail(`${path}[${index}].path`, METADATA_ONLY);
  });
}

const USER_OR_REQUEST = /\{\{\s*(?:request\.|serviceAccountName|serviceAccountNamespace)[^{}]*\}\}/;

function isAboutMetadata(key: string): boolean {
  if (key.includes("request.object.metadata.")) return true;
  return USER_OR_REQUEST.test(key) && !key.includes("request.object.spec");
}

/** Labels and annotations are texts: `true` without quotes never matches what an object has. */
function checkMetadata({ validate, mutate }: KyvernoRule, path: string, findings: FindingsWriter): void {
  const check = (body: Value | undefined, at: string): void => {
    if (body === undefined) return;
    checkTexts(memberOf(body, "metadata"), `${at}.metadata`, findings);
    const template = memberOf(memberOf(body, "spec"), "template");
    checkTexts(memberOf(template, "metadata"), `${at}.spec.template.metadata`, findings);
  };
  check(validate?.pattern, `${path}.validate.pattern`);
  if (Array.isArray(validate?.anyPattern)) {
    validate.anyPattern.forEach((pattern: Value, index) => {
      check(pattern, `${path}.validate.anyPattern[${index}]`);
    });
  }
  check(mutate?.patchStrategicMerge, `${path}.mutate.patchStrategicMerge`);
  // Of loops Kyverno looks at the first that has an object there.
  const patterns = validate?.foreach?.map(({ pattern }) => pattern) ?? [];
  const patternAt = patterns.findIndex(isWritten);
  check(patterns[patternAt], `${path}.validate.foreach[${patternAt}].pattern`);
  const patches = mutate?.foreach?.map(({ patchStrategicMerge }) => patchStrategicMerge) ?? [];
  const patchAt = patches.findIndex(isWritten);
  check(patches[patchAt], `${path}.mutate.foreach[${patchAt}].patchStrategicMerge`);
}

function isWritten(body: Value | undefined): boolean {
  return isValueObject(body ?? null);
}

function checkTexts(metadata: Value | undefined, path: string, findings: FindingsWriter): void {
  for (const name of ["labels", "annotations"] as const) {
    const texts = memberOf(metadata, name);
    if (texts === undefined || !isValueObject(texts)) continue;
    for (const [key, value] of Object.entries(texts)) {
      if (typeof value === "string") continue;
      findings.fail(joinPath(`${path}.${name}`, key), "expected a string: write the value in quotes");
    }
  }
}

/** Background scans see objects, not what is sent to a subresource. */
function refuseSubresources(rule: KyvernoRule, path: string, findings: FindingsWriter): void {
  for (const kind of [...kindsOf(rule.match), ...kindsOf(rule.exclude)]) {
    if (parseKindSelector(kind).subresource === "") continue;
    findings.failInCluster(
      path,
      `the subresource ${kind} is not seen in background scans: set spec.background to false`,
    );
  }
}

/** What is sent to `deployments/scale` is a Scale; a rule over Scales alone matches nothing that is asked for. */
function refuseKindsOfSubresources(rule: KyvernoRule, path: string, findings: FindingsWriter): void {
  const selectors = [...kindsOf(rule.match), ...kindsOf(rule.exclude)].map(parseKindSelector);
  const kinds = selectors.filter(({ group, subresource }) => group === "*" && subresource === "");
  for (const kind of new Set(kinds.map((selector) => selector.kind))) {
    if (kubernetesKinds().some((known) => known.kind === kind)) continue;
    const names = kubernetesKinds().flatMap((known) =>
      known.subresources.filter((each) => each.kind === kind).map((each) => `${known.kind}/${each.name}`),
    );
    if (names.length === 0) continue;
    const known = [...new Set(names)].join(", ");
    findings.failInCluster(path, `${kind} is the kind of a subresource, and no object is one: write ${known}`);
  }
}

/** Changes of replicas and status come through subresources, which a rule must name. */
/** As JSON. Integers beyond 2^53 are rare, and looking for them takes most of the time. */
function textOfParts(parts: readonly unknown[]): string {
  try {
    return JSON.stringify(parts);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(parts, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  }
}

function warnOfSubresources(rule: KyvernoRule, path: string, findings: FindingsWriter): void {
  const { deny: _deny, ...validate } = rule.validate ?? {};
  const targets = rule.mutate?.targets?.flatMap(({ kind }) => kind ?? []) ?? [];
  const kinds = [...kindsOf(rule.match), ...kindsOf(rule.exclude), ...targets].map((kind) => kind.toLowerCase());
  const body = textOfParts([validate, rule.mutate ?? null]);
  if (body.includes("replicas") && !kinds.some((kind) => kind.includes("scale"))) {
    findings.warn(path, "the rule speaks of replicas and not of the subresource scale, which changes them too");
  }
  const hasStatus = body.includes(".status") || body.includes('"status":');
  if (hasStatus && !kinds.some((kind) => kind.includes("status"))) {
    findings.warn(path, "the rule speaks of status and not of the subresource status, which changes it");
  }
}
