import { type Issue, isValueObject } from "../../base/index.ts";
import type { CompiledEntries } from "../evaluate/context-entries.ts";
import type { KyvernoPhase } from "../evaluate/kyverno-response.ts";
import { type CompiledMatch, compileMatch } from "../language/match/match.ts";
import type { Template } from "../language/variables/template.ts";
import type { ClusterPolicySpec, KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import { type CompiledConditions, compileConditions } from "../rules/conditions.ts";
import type { RuleAction } from "../rules/rule-action.ts";
import { compileRuleActions, type PolicyDefaults, phasesOfRule } from "../rules/rule-actions.ts";
import { RuleCompiler } from "../rules/rule-compiler.ts";
import { compileFailureAction, type FailureActionOf, readFailureAction } from "./failure-action.ts";

/** One rule of a kyverno.io policy, or one that is generated from it, compiled. */
export interface PlannedKyvernoRule {
  readonly name: string;
  /** The rule as written, or as generated. */
  readonly source: KyvernoRule;
  readonly match: CompiledMatch;
  readonly entries: CompiledEntries;
  readonly preconditions: CompiledConditions | undefined;
  readonly properties: Template | undefined;
  /** The phases in which it does something, in their order. */
  readonly phases: readonly KyvernoPhase[];
  /** What it does in them. */
  readonly actions: readonly RuleAction[];
  /** Where it stands in the policy: `spec.rules[0]`. */
  readonly path: string;
  readonly failureAction: FailureActionOf;
}

/** What a rule does in a phase; undefined when it has no part in it. */
export function actionFor(rule: PlannedKyvernoRule, phase: KyvernoPhase): RuleAction | undefined {
  return rule.actions.find((action) => action.phase === phase);
}

/** A rule of a policy, compiled; `written` is its place in `spec.rules`, below 0 for one that is generated. */
export function compileRule(
  source: KyvernoRule,
  written: number,
  spec: ClusterPolicySpec,
  compiler: RuleCompiler,
): PlannedKyvernoRule {
  const head = {
    name: source.name,
    path: written < 0 ? `spec.rules(${source.name})` : `spec.rules[${written}]`,
    source,
    phases: phasesOfRule(source),
    match: compileMatch(source, compiler.namespace),
    failureAction: compileFailureAction(source, spec),
  };
  if (written < 0) return new GeneratedRule(head, spec, compiler);
  return Object.freeze({ ...head, ...compileBody(head, spec, compiler) });
}

type RuleHead = Pick<PlannedKyvernoRule, "name" | "path" | "source" | "phases" | "match" | "failureAction">;
type RuleBody = Pick<PlannedKyvernoRule, "entries" | "preconditions" | "properties" | "actions">;

function compileBody({ source, path }: RuleHead, spec: ClusterPolicySpec, compiler: RuleCompiler): RuleBody {
  const { preconditions, reportProperties } = source;
  const defaults: PolicyDefaults = {
    enforces: readFailureAction(spec.validationFailureAction) === "Enforce",
    useServerSideApply: spec.useServerSideApply ?? false,
  };
  const actions = compileRuleActions(source, path, defaults, compiler);
  if ((source.celPreconditions ?? []).length > 0 && source.validate?.cel === undefined) {
    compiler.warn(`${path}.celPreconditions`, "have no effect without validate.cel, as in Kyverno");
  }
  return {
    entries: compiler.entries(source.context, `${path}.context`),
    preconditions:
      preconditions === undefined ? undefined : compileConditions(preconditions, `${path}.preconditions`, compiler),
    properties:
      isValueObject(reportProperties) && Object.keys(reportProperties).length > 0
        ? compiler.template(reportProperties, `${path}.reportProperties`)
        : undefined,
    actions,
  };
}

/**
 * A rule that is generated from another one, compiled when an object comes that it matches: most never are, and they are
 * two thirds of the rules over pods. What is wrong with the rule that was written has been found there.
 */
class GeneratedRule implements PlannedKyvernoRule {
  readonly name: string;
  readonly path: string;
  readonly source: KyvernoRule;
  readonly phases: readonly KyvernoPhase[];
  readonly match: CompiledMatch;
  readonly failureAction: FailureActionOf;
  readonly #compile: () => RuleBody;
  #body: RuleBody | undefined;

  constructor(head: RuleHead, spec: ClusterPolicySpec, { policy, namespace }: RuleCompiler) {
    this.name = head.name;
    this.path = head.path;
    this.source = head.source;
    this.phases = head.phases;
    this.match = head.match;
    this.failureAction = head.failureAction;
    this.#compile = () => {
      const compiler = new RuleCompiler(policy, namespace);
      const body = compileBody(head, spec, compiler);
      const [issue] = compiler.issues;
      return issue === undefined ? body : brokenBody(head.phases, issue);
    };
    Object.freeze(this);
  }

  get #compiled(): RuleBody {
    this.#body ??= this.#compile();
    return this.#body;
  }

  get entries(): CompiledEntries {
    return this.#compiled.entries;
  }

  get preconditions(): CompiledConditions | undefined {
    return this.#compiled.preconditions;
  }

  get properties(): Template | undefined {
    return this.#compiled.properties;
  }

  get actions(): readonly RuleAction[] {
    return this.#compiled.actions;
  }
}

/** A rule that cannot be compiled is an error for every object: preconditions that stand half compiled never skip it. */
function brokenBody(phases: readonly KyvernoPhase[], { code, message }: Issue): RuleBody {
  const actions = phases.map(
    (phase): RuleAction => ({
      phase,
      type: TYPES[phase],
      concerns: () => true,
      evaluate: () => ({ outcomes: [{ status: "error", code, message }] }),
    }),
  );
  return { entries: (context) => context, preconditions: undefined, properties: undefined, actions };
}

const TYPES: Readonly<Record<KyvernoPhase, RuleAction["type"]>> = {
  mutate: "Mutation",
  verifyImages: "ImageVerify",
  validate: "Validation",
  generate: "Generation",
};
