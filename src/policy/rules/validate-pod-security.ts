import { isValueObject, writeJson } from "../../base/index.ts";
import type { CompiledException } from "../evaluate/exceptions.ts";
import { findImages } from "../evaluate/image-variables.ts";
import type { PodSecurityFinding } from "../evaluate/kyverno-response.ts";
import { checkPodSecurity, type PodSecurityOutcome } from "../language/podsecurity/pod-security.ts";
import type { PodSecurity } from "../resource/kyverno/rule-actions.ts";
import { evaluationError } from "./evaluation-error.ts";
import { errorOf, type RuleOutcome } from "./rule-outcome.ts";
import type { RuleRun } from "./rule-run.ts";

/**
 * What the Pod Security Standards say of the object: undefined for one that is deleted. Exceptions that leave out
 * controls make it `skip` when they leave out all that is not met.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function validatePodSecurity(
  rule: PodSecurity,
  run: RuleRun,
  exceptions: readonly CompiledException[],
): RuleOutcome | undefined {
  if (run.operation === "DELETE") return undefined;
  const object = isValueObject(run.object) ? run.object : run.oldObject;
  let outcome: PodSecurityOutcome;
  try {
    outcome = checkPodSecurity(rule, object, {
      exceptions: exceptions.flatMap(({ podSecurity }) => podSecurity),
      charge: (steps) => run.budget.charge(steps),
    });
  } catch (thrown) {
    return errorOf("Error while getting new resource", thrown);
  }
  const { level = "", version = "" } = rule;
  noteChecks(outcome, run);
  const podSecurity = { level, version, checks: outcome.checks.map((check) => withImages(check, run)) };
  switch (outcome.status) {
    case "allowed":
      return { status: "pass", message: `Validation rule '${run.rule}' passed.`, podSecurity };
    case "exempted": {
      const keys = exceptions.map(({ key }) => key);
      const message = `rule is skipped due to policy exceptions ${keys.join(", ")}`;
      return { status: "skip", message, podSecurity, exceptions: keys };
    }
    default:
      return { status: "fail", message: `Validation rule '${run.rule}' failed. ${outcome.message}`, podSecurity };
  }
}

function noteChecks({ checks }: PodSecurityOutcome, { note }: RuleRun): void {
  if (note === undefined) return;
  for (const { id, control, detail, errors } of checks) {
    note({ kind: "note", path: "", message: `${control || id}: ${detail}` });
    for (const { type, field, badValue } of errors) {
      const found =
        type === "required" ? "is not set and has to be" : `is ${writeJson(badValue)}, which is not allowed`;
      note({ kind: "note", path: "", message: `${field} ${found}` });
    }
  }
}

/** The images of the containers that a check names; a container without an image goes by its name. */
function withImages(check: PodSecurityOutcome["checks"][number], run: RuleRun): PodSecurityFinding {
  let lists: ReturnType<typeof findImages>;
  try {
    lists = findImages(run.object, run.context.context);
  } catch (thrown) {
    evaluationError(thrown);
    lists = new Map();
  }
  const images = check.containers.map((name) => {
    const found = ["containers", "initContainers", "ephemeralContainers"].map((list) => lists.get(list)?.get(name));
    return found.find((image) => image !== undefined)?.reference ?? name;
  });
  return { ...check, images };
}
