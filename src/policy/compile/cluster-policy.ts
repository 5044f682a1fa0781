import type { Decoded, ValueObject } from "../../base/index.ts";
import type { FailureAction, KyvernoPhase } from "../evaluate/kyverno-response.ts";
import type { KindSet } from "../language/match/match.ts";
import type { PolicyResource } from "../resource/decode-policies.ts";
import type { ClusterPolicySpec, KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import { RuleCompiler } from "../rules/rule-compiler.ts";
import { applicabilityOf } from "./applicability.ts";
import { autogenRules } from "./autogen.ts";
import { readFailureAction } from "./failure-action.ts";
import { createKindIndex, type KindIndex } from "./kyverno-index.ts";
import { compileRule, type PlannedKyvernoRule } from "./planned-rule.ts";
import { compileWebhookConditions, type WebhookConditions } from "./webhook-conditions.ts";

/** A ClusterPolicy or Policy as `decodePolicies` gives it. */
export type ClusterPolicyResource = PolicyResource & { readonly kind: "ClusterPolicy" | "Policy" };

/** A kyverno.io policy compiled once, for any number of objects; frozen. It holds closures: it does not cross threads. */
export interface KyvernoPlan {
  readonly kind: "ClusterPolicy" | "Policy";
  /** The policy's `metadata.name`, and its namespace: empty for a ClusterPolicy. */
  readonly policy: string;
  readonly namespace: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where it was read from. */
  readonly source: string;
  /** What is no mistake and likely to surprise, one sentence each. */
  readonly warnings: readonly string[];
  /** Whether it applies at admission, and in background scans. */
  readonly admission: boolean;
  readonly background: boolean;
  readonly failurePolicy: "Fail" | "Ignore";
  /** What a failed rule does that does not say so itself. */
  readonly failureAction: FailureAction;
  /** Whether audited failures are shown to who asked. */
  readonly emitWarning: boolean;
  /** Whether failures count as such in reports: the annotation `policies.kyverno.io/scored` is not false. */
  readonly isScored: boolean;
  readonly applyRules: "All" | "One";
  /** How long the API server may wait for the webhook, if the policy says so: 1 to 30. */
  readonly timeoutSeconds?: number;
  /** The phases in which it has rules, in their order. */
  readonly phases: readonly KyvernoPhase[];
  /** `webhookConfiguration.matchConditions`. */
  readonly conditions: WebhookConditions;
  /** Its rules and those generated for the controllers of pods, in Kyverno's order. */
  readonly rules: readonly PlannedKyvernoRule[];
  /** The kinds that some rule may match. */
  readonly kinds: KindSet;
  /** The rules that may match objects of a kind; in the validate phase Kyverno generates fewer for controllers. */
  rulesFor(kind: string, phase: KyvernoPhase): readonly PlannedKyvernoRule[];
}

/** The order in which Kyverno goes through a policy's rules. */
export const KYVERNO_PHASES: readonly KyvernoPhase[] = ["mutate", "verifyImages", "validate", "generate"];

/**
 * The policy as a plan: variables, patterns and conditions compiled, rules for the controllers of pods generated. All that
 * is wrong with it is listed: an expression EXPRESSION_INVALID, a part of a wrong form POLICY_INVALID.
 *
 * @example
 * ```ts
 * import { compileClusterPolicy, decodePolicies } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: kyverno.io/v1
 * kind: ClusterPolicy
 * metadata: {name: named}
 * spec:
 *   rules:
 *   - name: team
 *     match: {any: [{resources: {kinds: [Pod]}}]}
 *     validate: {message: who owns it?, pattern: {metadata: {labels: {team: "?*"}}}}
 * `, "named.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const plan = policy?.kind === "ClusterPolicy" ? compileClusterPolicy(policy) : undefined;
 * plan?.ok ? plan.value.rules.length : 0; // 3: team, autogen-team, autogen-cronjob-team
 * ```
 */
export function compileClusterPolicy(resource: ClusterPolicyResource): Decoded<KyvernoPlan> {
  const { kind, name, source, policy } = resource;
  const { spec, metadata } = policy;
  const namespace = kind === "Policy" ? (metadata.namespace ?? "default") : "";
  const compiler = new RuleCompiler(name, namespace);
  const failurePolicy = spec.webhookConfiguration?.failurePolicy ?? spec.failurePolicy ?? "Fail";
  const timeoutSeconds = spec.webhookConfiguration?.timeoutSeconds ?? spec.webhookTimeoutSeconds;
  const annotations = metadata.annotations ?? {};
  const applies = applicabilityOf(spec);
  const { rules, rulesFor } = compileRules(spec, annotations, compiler);
  if (rules.length === 0) compiler.warn("spec.rules", "is empty: the policy says nothing");
  const conditions = compileWebhookConditions(spec, failurePolicy, compiler);
  if (compiler.issues.length > 0) return { ok: false, issues: compiler.issues };
  const plan: KyvernoPlan = {
    kind,
    policy: name,
    namespace,
    annotations,
    source,
    warnings: Object.freeze([...resource.warnings.map(({ message }) => message), ...compiler.warnings]),
    admission: applies.atAdmission,
    background: applies.inBackground,
    failurePolicy,
    failureAction: readFailureAction(spec.validationFailureAction),
    emitWarning: spec.emitWarning ?? false,
    isScored: annotations["policies.kyverno.io/scored"] !== "false",
    applyRules: spec.applyRules ?? "All",
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    phases: KYVERNO_PHASES.filter((phase) => rules.some((rule) => rule.phases.includes(phase))),
    conditions,
    rules,
    kinds: joinKinds(rules.map(({ match }) => match.kinds)),
    rulesFor,
  };
  return { ok: true, value: Object.freeze(plan) };
}

interface CompiledRules {
  readonly rules: readonly PlannedKyvernoRule[];
  readonly rulesFor: KyvernoPlan["rulesFor"];
}

function compileRules(
  spec: ClusterPolicySpec,
  annotations: Readonly<Record<string, string>>,
  compiler: RuleCompiler,
): CompiledRules {
  const sources = spec.rules ?? [];
  // The schema's types have optional members where a value tree has none: they are the same objects.
  const generated = autogenRules(sources as unknown as readonly ValueObject[], annotations);
  const compiled = new Map<ValueObject, PlannedKyvernoRule>();
  const compile = (source: ValueObject): PlannedKyvernoRule => {
    let rule = compiled.get(source);
    if (rule === undefined) {
      const written = sources.indexOf(source as unknown as KyvernoRule);
      rule = compileRule(source as unknown as KyvernoRule, written, spec, compiler);
      compiled.set(source, rule);
    }
    return rule;
  };
  const rules = Object.freeze(generated.all.map(compile));
  const byPhase = new Map<string, KindIndex<PlannedKyvernoRule>>();
  const indexOf = (key: string, list: readonly PlannedKyvernoRule[], phase: KyvernoPhase) => {
    let index = byPhase.get(key);
    if (index === undefined) {
      const inPhase = list.filter((rule) => rule.phases.includes(phase));
      index = createKindIndex(inPhase.map((item) => ({ item, kinds: item.match.kinds })));
      byPhase.set(key, index);
    }
    return index;
  };
  const validating: ReadonlyMap<string, readonly PlannedKyvernoRule[]> = new Map(
    CONTROLLERS.map((kind) => [kind, generated.forKind(kind).map(compile)]),
  );
  return {
    rules,
    rulesFor(kind, phase) {
      const own = phase === "validate" ? validating.get(kind) : undefined;
      const index = own === undefined ? indexOf(phase, rules, phase) : indexOf(`${phase}/${kind}`, own, phase);
      return index.lookup(kind);
    },
  };
}

/** Kinds for which Kyverno generates rules of their own when it validates. */
const CONTROLLERS: readonly string[] = [
  "DaemonSet",
  "Deployment",
  "Job",
  "StatefulSet",
  "ReplicaSet",
  "ReplicationController",
  "CronJob",
];

function joinKinds(sets: readonly KindSet[]): KindSet {
  if (sets.some(({ all }) => all)) return { all: true, names: new Set(), patterns: [] };
  return {
    all: false,
    names: new Set(sets.flatMap(({ names }) => [...names])),
    patterns: [...new Set(sets.flatMap(({ patterns }) => patterns))],
  };
}
