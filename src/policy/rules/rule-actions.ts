import { isValueObject } from "../../base/index.ts";
import type { KyvernoPhase } from "../evaluate/kyverno-response.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { Generation, Mutation, Validation } from "../resource/kyverno/rule-actions.ts";
import { checkImages, hasImageChecks } from "./check-images.ts";
import { compileGeneration, generateEffects, generateObjects } from "./generate-objects.ts";
import { validateManifests, warnOfManifests } from "./manifests/validate-manifests.ts";
import { compileObjectMutation, mutateObject } from "./mutate-object.ts";
import { compileTargets, mutated, mutateTargets } from "./mutate-targets.ts";
import type { ActionRun, RuleAction } from "./rule-action.ts";
import type { RuleCompiler } from "./rule-compiler.ts";
import { errorOf, type RuleOutcome } from "./rule-outcome.ts";
import { compileAssertionValidation, validateAssertion } from "./validate-assertion.ts";
import { compileCelValidation, validateCel } from "./validate-cel.ts";
import { compileObjectValidation, type RenderedPatterns, validateObject } from "./validate-object.ts";
import { validatePodSecurity } from "./validate-pod-security.ts";
import { compileImagesRule, matchingImages, verifyImages } from "./verify-images.ts";

/** What the policy says for all of its rules. */
export interface PolicyDefaults {
  /** Whether its failures deny where a rule does not say. */
  readonly enforces: boolean;
  readonly useServerSideApply: boolean;
}

/** The phases in which a rule does something, in their order: known before it is compiled. */
export function phasesOfRule(rule: KyvernoRule): readonly KyvernoPhase[] {
  const phases: KyvernoPhase[] = [];
  const { mutate, verifyImages = [], validate, generate } = rule;
  const isAboutImages = verifyImages.some(hasMembers);
  if (hasMembers(mutate)) phases.push("mutate");
  if (isAboutImages) phases.push("verifyImages");
  if (hasMembers(validate) || (isAboutImages && hasImageChecks(verifyImages))) phases.push("validate");
  if (hasMembers(generate)) phases.push("generate");
  return phases;
}

/** What a rule does, in the order of the phases. */
export function compileRuleActions(
  rule: KyvernoRule,
  path: string,
  defaults: PolicyDefaults,
  compiler: RuleCompiler,
): readonly RuleAction[] {
  const actions: RuleAction[] = [];
  if (hasMembers(rule.mutate)) actions.push(mutateAction(rule, rule.mutate, `${path}.mutate`, compiler));
  if ((rule.verifyImages ?? []).some(hasMembers)) actions.push(...imageActions(rule, path, compiler));
  if (hasMembers(rule.validate)) {
    actions.push(validateAction(rule, rule.validate, `${path}.validate`, { ...defaults, compiler }));
  }
  if (hasMembers(rule.generate)) {
    actions.push(generateAction(rule.generate, `${path}.generate`, defaults.useServerSideApply, compiler));
  }
  return actions;
}

function hasMembers<T extends object>(part: T | undefined): part is T {
  return part !== undefined && Object.keys(part).length > 0;
}

const only = (outcome: RuleOutcome | undefined): readonly RuleOutcome[] => (outcome === undefined ? [] : [outcome]);

function mutateAction(rule: KyvernoRule, source: Mutation, path: string, compiler: RuleCompiler): RuleAction {
  const { context = null, preconditions = null } = rule;
  const mutation = compileObjectMutation(source, path, compiler, { context, preconditions });
  const head = { phase: "mutate", type: "Mutation" } as const;
  if (source.targets !== undefined) {
    const targets = compileTargets(source.targets, path, compiler);
    return {
      ...head,
      concerns: () => true,
      isBackground: true,
      evaluate: (run) => mutateTargets(targets, mutation, run),
    };
  }
  return {
    ...head,
    // Of an object that is deleted there is nothing to change.
    concerns: (run) => isValueObject(run.object),
    evaluate(run) {
      const outcome = mutateObject(mutation, run, { object: run.object, context: run.context, path: "" });
      return outcome.status === "pass"
        ? { outcomes: [mutated(outcome)], object: outcome.object }
        : { outcomes: [outcome] };
    },
  };
}

function imageActions(rule: KyvernoRule, path: string, compiler: RuleCompiler): readonly RuleAction[] {
  const images = compileImagesRule(rule, path, compiler);
  const concerns = (run: ActionRun | Parameters<RuleAction["concerns"]>[0]): boolean =>
    isValueObject(run.object) && matchingImages(images, run).length > 0;
  const verify: RuleAction = {
    phase: "verifyImages",
    type: "ImageVerify",
    concerns,
    evaluate: (run) => verifyImages(images, run),
  };
  if (!hasImageChecks(rule.verifyImages ?? [])) return [verify];
  const check: RuleAction = {
    phase: "validate",
    type: "Validation",
    concerns: (run) => run.operation !== "DELETE" && concerns(run),
    evaluate: (run) => ({ outcomes: only(checkImages(images, run, run.imageOutcomes)), type: "ImageVerify" }),
  };
  return [verify, check];
}

interface ValidateOptions extends PolicyDefaults {
  readonly compiler: RuleCompiler;
}

function validateAction(
  rule: KyvernoRule,
  source: Validation,
  path: string,
  { enforces, compiler }: ValidateOptions,
): RuleAction {
  const head = { phase: "validate", type: "Validation", concerns: () => true } as const;
  const { failureAction, allowExistingViolations = true, manifests, podSecurity, cel } = source;
  // What is there already may stay as bad as it is, where a fail would deny.
  const comparesOld =
    allowExistingViolations && (failureAction === undefined ? enforces : failureAction.toLowerCase() === "enforce");
  if ((manifests?.attestors ?? []).length > 0) {
    const signed = manifests ?? {};
    warnOfManifests(signed, `${path}.manifests`, compiler);
    return {
      ...head,
      concerns: ({ operation }) => operation !== "DELETE",
      evaluate: (run) => ({ outcomes: [validateManifests(signed, run)] }),
    };
  }
  if (source.assert !== undefined && source.assert !== null) {
    const validation = compileAssertionValidation(source.assert, rule, `${path}.assert`, compiler);
    return {
      ...head,
      evaluate: (run) => ({ outcomes: validation === undefined ? [] : validateAssertion(validation, run) }),
    };
  }
  if (hasMembers(podSecurity)) {
    const evaluate: RuleAction["evaluate"] = (run) => ({
      outcomes: only(
        orAsBefore(
          validatePodSecurity(podSecurity, run, run.exceptions),
          () => comparesOld && run.operation === "UPDATE",
          () => {
            const old = run.asOldObject();
            return old === undefined ? undefined : validatePodSecurity(podSecurity, old, run.exceptions);
          },
        ),
      ),
    });
    return { ...head, isPodSecurity: true, evaluate };
  }
  if (hasMembers(cel)) {
    const validation = compileCelValidation(cel, rule, `${path}.cel`, compiler);
    return { ...head, evaluate: (run) => ({ outcomes: [validateCel(validation, run)] }) };
  }
  const validation = compileObjectValidation(source, path, compiler);
  const evaluate: RuleAction["evaluate"] = (run) => {
    const rendered: RenderedPatterns = {};
    const outcome = orAsBefore(
      validateObject(validation, run, rendered),
      () => comparesOld && run.operation === "UPDATE" && isValueObject(run.oldObject),
      () => {
        const old = run.asOldObject();
        return old === undefined ? undefined : validateObject(validation, old, rendered);
      },
    );
    return { outcomes: only(outcome) };
  };
  return { ...head, evaluate };
}

/** A fail of an update is a skip where the old object fails as well. */
function orAsBefore(
  outcome: RuleOutcome | undefined,
  mayCompare: () => boolean,
  before: () => RuleOutcome | undefined,
): RuleOutcome | undefined {
  if (outcome?.status !== "fail" || !mayCompare() || before()?.status !== "fail") return outcome;
  return { status: "skip", message: "skipping the rule evaluation as pre-existing violations are allowed" };
}

function generateAction(
  source: Generation,
  path: string,
  useServerSideApply: boolean,
  compiler: RuleCompiler,
): RuleAction {
  const generation = compileGeneration(source, path, compiler);
  return {
    phase: "generate",
    type: "Generation",
    concerns: () => true,
    evaluate(run) {
      try {
        const made = generateObjects(generation, run);
        return {
          outcomes: [{ status: "pass", message: "", generated: made.map(({ object }) => object) }],
          effects: generateEffects(generation, run, made, useServerSideApply),
        };
      } catch (thrown) {
        // As in Kyverno: it was triggered, which is all that its status says; nothing is made, and the code says why.
        return { outcomes: [{ ...errorOf("nothing was generated", thrown), status: "pass" }] };
      }
    },
  };
}
