import { AmapError, isValueObject, memberOf, type Value } from "../../base/index.ts";
import { resourceTypeOf } from "../evaluate/input.ts";
import { type Assertion, compileAssertion } from "../language/assertion/assertion.ts";
import type { JmesContext } from "../language/jmespath/program.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { RuleCompiler } from "./rule-compiler.ts";
import { errorOf, fail, pass, type RuleOutcome } from "./rule-outcome.ts";
import type { RuleRun } from "./rule-run.ts";

/** A rule with an assertion tree. */
export interface AssertionValidation {
  readonly assertion: Assertion;
  /** Names of the rule's context entries: each is a variable of the tree's queries. */
  readonly names: ReadonlySet<string>;
}

/** Most failures that are told of one by one. */
const MAX_TOLD = 100;
/** And most that an explanation has. */
const MAX_NOTED = 20;

/** An assertion tree of a rule; undefined after its mistakes are noted. */
export function compileAssertionValidation(
  tree: Value,
  rule: KyvernoRule,
  path: string,
  compiler: RuleCompiler,
): AssertionValidation | undefined {
  const assertion = compiler.attempt(path, () => compileAssertion(tree));
  if (assertion === undefined) return undefined;
  for (const warning of assertion.warnings) compiler.warn(path, warning);
  return { assertion, names: new Set((rule.context ?? []).map(({ name }) => name)) };
}

/**
 * What an assertion tree says of the object, as Kyverno's last version with assertion trees (1.18) said it: a fail for
 * everything that is not as wanted, with the place in the tree.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED, LIMIT_EXCEEDED
 */
export function validateAssertion({ assertion, names }: AssertionValidation, run: RuleRun): readonly RuleOutcome[] {
  const { context: base } = run.context;
  const context: JmesContext = {
    now: base.now,
    charge: (steps) => base.charge(steps),
    entropy: () => base.entropy(),
    variable: (name) => (names.has(name) ? entryOf(name, run) : undefined),
  };
  try {
    const failures = assertion.check(payloadOf(run), context);
    if (failures.length === 0) return [pass(`Validation rule '${run.rule}' passed.`)];
    for (const { path, message } of failures.slice(0, MAX_NOTED)) run.note?.({ kind: "note", path, message });
    const told = failures
      .slice(0, MAX_TOLD)
      .map(({ path, message }) => fail(path === "" ? message : `${path}: ${message}`));
    const more = failures.length - told.length;
    return more === 0 ? told : [...told, fail(`${more} more are not as the assertion wants them`)];
  } catch (thrown) {
    return [errorOf("failed to apply assertion", thrown)];
  }
}

function entryOf(name: string, { context }: RuleRun): Value {
  const value = context.member(name);
  if (value === undefined) throw new AmapError("VARIABLE_NOT_FOUND", `the context entry ${name} has no value`);
  return value;
}

/** What trees are about: an object that is not there has no members. */
function payloadOf({ object, oldObject, operation, input }: RuleRun): Value {
  const type = resourceTypeOf(input);
  const labels = memberOf(memberOf(input.namespaceObject, "metadata"), "labels") ?? input.namespaceLabels;
  return {
    object: isValueObject(object) ? object : {},
    oldObject: isValueObject(oldObject) ? oldObject : {},
    admissionInfo: {
      roles: input.roles ?? [],
      clusterRoles: input.clusterRoles ?? [],
      userInfo: input.userInfo ?? {},
    },
    operation,
    namespaceLabels: labels ?? {},
    requestResource: { group: type.resourceGroup, version: type.resourceVersion, resource: type.resource },
    resourceKind: { group: type.group, version: type.version, kind: type.kind, subResource: type.subresource },
  };
}
