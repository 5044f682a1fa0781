import type { Value } from "../../../base/index.ts";
import { parseAnchor } from "../../language/pattern/anchor.ts";
import type { KyvernoRule } from "./cluster-policy.ts";
import type { FindingsWriter } from "./findings.ts";
import type { CelRule, ForEachValidation, PodSecurity, PodSecurityExclusion } from "./rule-actions.ts";
import { refuseOldestOperators, validateConditions, warnOfOperators } from "./validate-conditions.ts";
import { visitKeys } from "./visit-texts.ts";

const VALIDATION_KINDS = [
  "pattern",
  "anyPattern",
  "deny",
  "foreach",
  "podSecurity",
  "cel",
  "manifests",
  "assert",
] as const;

/** Of several members exactly one must be there. */
function expectOne(value: object, names: readonly string[], path: string, findings: FindingsWriter): void {
  const found = names.filter((name) => (value as Readonly<Record<string, unknown>>)[name] !== undefined);
  if (found.length === 1) return;
  findings.fail(path, `expected exactly one of ${names.join(", ")}, found ${found.join(" and ") || "none"}`);
}

/** What a rule demands: one kind of check, anchors where they have a meaning, and what each kind needs. */
export function validateValidation(rule: KyvernoRule, path: string, findings: FindingsWriter): void {
  const { validate } = rule;
  if (validate === undefined) return;
  expectOne(validate, VALIDATION_KINDS, path, findings);
  checkPattern(validate.pattern, `${path}.pattern`, findings);
  checkAnyPattern(validate.anyPattern, `${path}.anyPattern`, findings);
  validateConditions(validate.deny?.conditions, `${path}.deny.conditions`, findings);
  validate.foreach?.forEach((loop, index) => {
    checkLoop(loop, `${path}.foreach[${index}]`, findings);
  });
  if (validate.podSecurity !== undefined) checkPodSecurity(validate.podSecurity, `${path}.podSecurity`, findings);
  if (validate.cel !== undefined) checkCel(validate.cel, `${path}.cel`, findings);
}

const LOOP_KINDS = ["pattern", "anyPattern", "deny", "foreach"] as const;

function checkLoop(loop: ForEachValidation, path: string, findings: FindingsWriter): void {
  if ((loop.list ?? "") === "") findings.fail(`${path}.list`, "expected a JMESPath to the elements");
  expectOne(loop, LOOP_KINDS, path, findings);
  warnOfOperators(loop.preconditions, `${path}.preconditions`, findings);
  refuseOldestOperators(loop.preconditions, `${path}.preconditions`, findings);
  warnOfOperators(loop.deny?.conditions, `${path}.deny.conditions`, findings);
}

function checkAnyPattern(patterns: Value | undefined, path: string, findings: FindingsWriter): void {
  if (patterns === undefined) return;
  if (!Array.isArray(patterns)) findings.fail(path, "expected a list of patterns");
  else
    patterns.forEach((pattern, index) => {
      checkPattern(pattern, `${path}[${index}]`, findings);
    });
}

/** Anchors of a pattern: +() has no meaning there, and ^() wants a list. */
function checkPattern(pattern: Value | undefined, path: string, findings: FindingsWriter): void {
  visitKeys(pattern, path, (key, member, at) => {
    const anchor = parseAnchor(key);
    if (anchor === undefined) return;
    if (anchor.kind === "addIfNotPresent") findings.fail(at, `the anchor ${key} is for mutation only`);
    if (anchor.kind !== "existence") return;
    if (!Array.isArray(member)) findings.fail(at, `the anchor ${key} needs a list`);
    else if (member.length === 0) findings.fail(at, `the anchor ${key} needs at least one element`);
  });
}

const CONTAINER_CONTROLS: ReadonlySet<string> = new Set([
  "Capabilities",
  "Privileged Containers",
  "Host Ports",
  "/proc Mount Type",
  "Privilege Escalation",
]);
const POD_CONTROLS: ReadonlySet<string> = new Set(["Host Namespaces", "HostPath Volumes", "Sysctls", "Volume Types"]);
const RESTRICTED_CONTROLS: ReadonlySet<string> = new Set([
  "Volume Types",
  "Privilege Escalation",
  "Running as Non-root",
  "Running as Non-root user",
]);

function checkPodSecurity({ level, exclude }: PodSecurity, path: string, findings: FindingsWriter): void {
  exclude?.forEach((exclusion, index) => {
    const at = `${path}.exclude[${index}]`;
    checkExclusion(exclusion, at, findings);
    if (level === "baseline" && RESTRICTED_CONTROLS.has(exclusion.controlName)) {
      findings.fail(`${at}.controlName`, `${exclusion.controlName} is no control of the level baseline`);
    }
  });
}

/** An exclusion of a Pod Security control, in a rule or in an exception. */
export function checkExclusion(exclusion: PodSecurityExclusion, path: string, findings: FindingsWriter): void {
  const { controlName, images = [], restrictedField = "", values = [] } = exclusion;
  if (CONTAINER_CONTROLS.has(controlName) && images.length === 0) {
    findings.fail(`${path}.images`, `${controlName} is a control of containers: expected their images`);
  }
  if (POD_CONTROLS.has(controlName) && images.length > 0) {
    findings.fail(`${path}.images`, `${controlName} is a control of the Pod: expected no images`);
  }
  if (restrictedField !== "" && values.length === 0)
    findings.fail(`${path}.values`, "expected values of restrictedField");
  if (restrictedField === "" && values.length > 0) {
    findings.fail(`${path}.restrictedField`, "expected the field that may have the values");
  }
}

function checkCel({ expressions, paramKind, paramRef }: CelRule, path: string, findings: FindingsWriter): void {
  expressions?.forEach(({ expression }, index) => {
    if (expression === "") findings.fail(`${path}.expressions[${index}].expression`, "expected an expression");
  });
  for (const name of ["apiVersion", "kind"] as const) {
    if (paramKind !== undefined && !paramKind[name]) findings.fail(`${path}.paramKind.${name}`, `expected the ${name}`);
  }
  if ((paramKind === undefined) !== (paramRef === undefined)) {
    findings.fail(
      path,
      `expected paramKind and paramRef, found ${paramKind === undefined ? "paramRef" : "paramKind"} alone`,
    );
  }
  if (paramRef === undefined) return;
  if (!paramRef.name === (paramRef.selector === undefined)) {
    findings.fail(`${path}.paramRef`, "expected exactly one of name, selector");
  }
  if (paramRef.parameterNotFoundAction === undefined) {
    findings.fail(`${path}.paramRef.parameterNotFoundAction`, "expected Allow or Deny");
  }
}
