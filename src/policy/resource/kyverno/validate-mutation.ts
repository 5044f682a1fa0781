import { excerptOfValue, type Issue, isAmapError, memberOf, readYaml, type Value } from "../../../base/index.ts";
import type { KyvernoRule } from "./cluster-policy.ts";
import type { FindingsWriter } from "./findings.ts";
import type { ForEachMutation } from "./rule-actions.ts";
import { refuseOldestOperators, warnOfOperators } from "./validate-conditions.ts";
import type { MatchContext } from "./validate-match.ts";
import { variablesIn } from "./validate-variables.ts";

const MUTATION_KINDS = ["foreach", "patchStrategicMerge", "patchesJson6902"] as const;

/** What a rule changes: one kind of patch, with operations that exist. */
export function validateMutation(
  rule: KyvernoRule,
  path: string,
  context: MatchContext,
  findings: FindingsWriter,
): void {
  const { mutate } = rule;
  if (mutate === undefined) return;
  const patch = mutate.patchesJson6902 ?? "";
  const kinds = MUTATION_KINDS.filter((name) => mutate[name] !== undefined && mutate[name] !== "");
  if (kinds.length > 1) {
    findings.fail(path, `expected one of ${MUTATION_KINDS.join(", ")}, found ${kinds.join(" and ")}`);
  }
  if (patch !== "") checkJsonPatch(patch, `${path}.patchesJson6902`, findings);
  if (patch !== "" && (rule.match.resources?.kinds ?? []).includes("Pod")) {
    findings.warn(
      `${path}.patchesJson6902`,
      "Pods that a controller owns should be changed by a patch of the controller",
    );
  }
  checkMutationLoops(mutate.foreach ?? [], `${path}.foreach`, findings);
  mutate.foreach?.forEach(({ preconditions }, index) => {
    refuseOldestOperators(preconditions, `${path}.foreach[${index}].preconditions`, findings);
  });
  mutate.targets?.forEach(({ namespace = "" }, index) => {
    if (!context.namespaced || namespace === "" || namespace === context.policyNamespace) return;
    const message = `a Policy changes objects of its own namespace only: expected ${context.policyNamespace}`;
    findings.fail(`${path}.targets[${index}].namespace`, message);
  });
}

function checkMutationLoops(loops: readonly ForEachMutation[], path: string, findings: FindingsWriter): void {
  for (const [index, loop] of loops.entries()) {
    const at = `${path}[${index}]`;
    warnOfOperators(loop.preconditions, `${at}.preconditions`, findings);
    const patches = [loop.patchesJson6902 || undefined, loop.patchStrategicMerge].filter((each) => each !== undefined);
    if ((loop.foreach ?? []).length > 0) {
      if (patches.length > 0 || loop.context !== undefined || loop.preconditions !== undefined) {
        findings.fail(at, "a loop with foreach inside may have list and order beside it, nothing else");
      }
      checkMutationLoops(loop.foreach ?? [], `${at}.foreach`, findings);
      // Kyverno looks at no loop after a nested one.
      return;
    }
    if (patches.length !== 1) findings.fail(at, "expected exactly one of patchStrategicMerge, patchesJson6902");
  }
}

const JSON_PATCH_OPERATIONS: readonly unknown[] = ["add", "remove", "replace", "move", "copy", "test"];

/** The operations of a rule's JSON Patch, as far as they are known before variables are. */
function checkJsonPatch(patch: string, path: string, findings: FindingsWriter): void {
  const operations = readPatch(patch);
  if (!Array.isArray(operations)) {
    findings.fail(path, `expected a list of operations${"message" in operations ? `: ${operations.message}` : ""}`);
    return;
  }
  operations.forEach((operation: Value, index) => {
    const op = memberOf(operation, "op");
    const pointer = memberOf(operation, "path");
    const at = `${path}[${index}]`;
    if (!JSON_PATCH_OPERATIONS.includes(op)) {
      findings.fail(`${at}.op`, `expected one of ${JSON_PATCH_OPERATIONS.join(", ")}, found ${excerptOfValue(op)}`);
    }
    if (typeof pointer !== "string" || !pointer.startsWith("/")) {
      findings.fail(`${at}.path`, `expected a path that begins with /, found ${excerptOfValue(pointer)}`);
    }
    const needsValue = op === "add" || op === "replace" || op === "test";
    if (needsValue && memberOf(operation, "value") === undefined) findings.fail(`${at}.value`, "expected a value");
  });
  visitPaths(readPatch(patch, "keep"), path, findings);
}

function visitPaths(operations: readonly Value[] | Issue, path: string, findings: FindingsWriter): void {
  if (!Array.isArray(operations)) return;
  operations.forEach((operation: Value, index) => {
    const pointer = memberOf(operation, "path");
    if (typeof pointer !== "string" || variablesIn(pointer).length === 0) return;
    findings.fail(`${path}[${index}].path`, "variables are not allowed in the path: use foreach");
  });
}

const INNERMOST_VARIABLE = /(^|[^\\])\{\{(?:\{[^{}]*\}|[^{}])*\}\}/g;

/** The operations; variables, which may be anything but are seldom YAML, are replaced by a word. */
function readPatch(patch: string, variables: "replace" | "keep" = "replace"): readonly Value[] | Issue {
  const failed = (message: string): Issue => ({ code: "POLICY_INVALID", path: "", message });
  // The innermost only, as in Kyverno: around them, variables must be written in quotes.
  const text = variables === "keep" ? patch : patch.replace(INNERMOST_VARIABLE, "$1variable");
  try {
    const [first = null] = readYaml(text);
    return Array.isArray(first) ? first : failed("found something else");
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return failed(error.message);
  }
}
