import type { AmapError, Issue, Value } from "../../base/index.ts";
import type { CelOutcome } from "../evaluate/cel/cel-outcome.ts";
import type { FactReader } from "../evaluate/facts.ts";
import type { PolicyInput } from "../evaluate/input.ts";
import type { KyvernoPhase, KyvernoRuleResponse } from "../evaluate/kyverno-response.ts";
import type { TraceStep } from "../evaluate/rule-trace.ts";
import type { CelEnvironment } from "../language/cel/environment.ts";
import type { CelEffect } from "../language/cel/function.ts";
import type { AdmissionResult } from "../language/cel/kubernetes/admission-environment.ts";
import type { CelProgram } from "../language/cel/program.ts";
import type { CelType } from "../language/cel/types.ts";
import type { CelValue } from "../language/cel/values/value.ts";
import type { PolicyResource } from "../resource/decode-policies.ts";
import type { ResourceSchema } from "../resource/resource-schema.ts";
import type { MatchConstraints } from "./match-constraints.ts";
import type { NamedProgram } from "./plan.ts";

/** Kinds of policies that {@link CelPlan} covers. ImageValidatingPolicy has a Plan of its own. */
export const CEL_POLICY_KINDS = [
  "ValidatingPolicy",
  "NamespacedValidatingPolicy",
  "MutatingPolicy",
  "NamespacedMutatingPolicy",
  "GeneratingPolicy",
  "NamespacedGeneratingPolicy",
  "DeletingPolicy",
  "NamespacedDeletingPolicy",
  "ValidatingAdmissionPolicy",
  "MutatingAdmissionPolicy",
] as const;

export type CelPolicyKind = (typeof CEL_POLICY_KINDS)[number];

/** A policy of one of {@link CEL_POLICY_KINDS}, as read. */
export type CelPolicyResource = Extract<PolicyResource, { readonly kind: CelPolicyKind }>;

/** A binding of one of Kubernetes' admission policies, as read. */
export type CelBindingResource = Extract<
  PolicyResource,
  { readonly kind: "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" }
>;

/**
 * Whose rules hold: Kyverno's for policies.kyverno.io, the API server's for admissionregistration.k8s.io. It decides the
 * functions, the messages, what an error means, and when variables are made.
 */
export type CelEngine = "kyverno" | "kubernetes";

/** What `spec.evaluation.mode` says the policy is about. */
export type CelMode = "Kubernetes" | "JSON" | "HTTP" | "Envoy";

export type ValidationAction = "Deny" | "Audit" | "Warn";

/** A policy compiled once, for any number of objects; frozen. It holds closures, so it does not cross threads. */
export interface CelPlan {
  readonly engine: "cel";
  readonly kind: CelPolicyKind;
  readonly rules: CelEngine;
  /** The policy's `metadata.name`. */
  readonly policy: string;
  /** Of a kind that lives in a namespace: it is about objects of this one alone. Empty for the others. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where it was read from. */
  readonly source: string;
  /** What is no mistake and likely to go wrong, one sentence each. */
  readonly warnings: readonly string[];
  readonly mode: CelMode;
  readonly phases: readonly (KyvernoPhase | "cleanup")[];
  readonly type: KyvernoRuleResponse["type"];
  /** Whether it applies at admission, and in background scans. */
  readonly admission: boolean;
  readonly background: boolean;
  readonly failurePolicy: "Fail" | "Ignore";
  /**
   * Of a MutatingAdmissionPolicy: whether the API server invokes it once more when, in the same request, some policy has
   * changed the object (`reinvocationPolicy: IfNeeded`). Kyverno's own kinds are invoked once whatever they say.
   */
  readonly reinvokes: boolean;
  /** Deny where the policy says nothing; a binding's own are in {@link CelBinding}. */
  readonly validationActions: readonly ValidationAction[];
  /** The annotation `policies.kyverno.io/scored` is not `false`. */
  readonly isScored: boolean;
  /** How long the API server may wait for the webhook, if the policy says so. */
  readonly timeoutSeconds?: number;
  /** As written first, then what autogen makes of it. An object may meet several. */
  readonly variants: readonly CelVariant[];
  /**
   * Of Kubernetes' kinds: what binds them. Undefined when none was given: then the policy is evaluated once, without
   * params, as Kyverno's command line does it.
   */
  readonly bindings: readonly CelBinding[] | undefined;
  /** The policy as it was read. */
  readonly resource: CelPolicyResource;
}

/** A policy as written, or as autogen rewrites it for pod controllers. */
export interface CelVariant {
  /** Empty for the policy as written; `autogen-defaults`, `autogen-cronjobs`, … */
  readonly name: string;
  readonly match: MatchConstraints;
  readonly matchConditions: readonly NamedProgram[];
  readonly variables: CelVariables;
  readonly auditAnnotations: readonly AuditProgram[];
  readonly part: CelPart;
  /** The objects hold templates of Pods somewhere, and the variant is evaluated for each of these Pods. */
  readonly extractsPods: boolean;
}

/** The lazy variables of a variant; each sees those before it, so none can depend on itself. */
export interface CelVariables {
  /** By declared name: `variables.NAME`. */
  readonly programs: ReadonlyMap<string, CelProgram>;
  /** What all programs of the variant are bound to: its names, `variables.NAME`, and what the part adds. */
  readonly environment: CelEnvironment;
}

export interface AuditProgram {
  readonly key: string;
  readonly program: CelProgram;
}

/** What a policy of one kind does with an object that it meets: one for each kind. */
export interface CelPart {
  /**
   * The outcomes for one object (under one binding and its params). It may throw what `run.evaluate` throws: MISSING_FACT
   * passes, an AmapError makes the policy an `error`.
   */
  run(run: CelRun): readonly CelOutcome[];
}

/** What one policy is evaluated with for one object, in one pass, under one binding and its params. */
export interface CelRun {
  readonly plan: CelPlan;
  readonly variant: CelVariant;
  readonly input: PolicyInput;
  /** `object` as the policies before left it; null when it is deleted. */
  readonly object: Value;
  readonly now: number;
  readonly facts: FactReader;
  readonly schemaOf: FindSchema;
  /** Whether objects that exist are changed by a policy that is about them and names no targets. */
  readonly changesExisting: boolean;
  /**
   * The value of an expression of the policy, named by its path in it (chance differs by it). Variables are lazy and
   * remembered, also from pass to pass. `effects` takes what the expression wants done.
   * @throws MISSING_FACT; {CelError}; {AmapError} BUDGET_EXCEEDED, or that of a fact that could not be loaded
   */
  evaluate(program: CelProgram, path: string, effects?: CelEffect[]): CelValue;
  /**
   * The same run with other values (`object` after a patch, `params`). Variables that were made stay made, as in Kyverno,
   * unless `isFresh`: then they are made again from the new values, as in Kubernetes.
   */
  withValues(values: Readonly<Record<string, CelValue>>, options?: { readonly isFresh?: boolean }): CelRun;
  /** What the policy came to when it could not be evaluated, as its engine says it. */
  failed(error: AmapError, message?: string): CelOutcome;
  /** @throws {AmapError} BUDGET_EXCEEDED */
  charge(steps: number): void;
  /** Notes what happens, where an explanation was asked for. */
  note(step: TraceStep): void;
}

/** What binds one of Kubernetes' admission policies (compile/cel-bindings.ts). */
export interface CelBinding {
  readonly name: string;
  readonly validationActions: readonly ValidationAction[];
  /** Undefined: every object that the policy is about. */
  readonly match: MatchConstraints | undefined;
  /** Its params; undefined when it has no paramRef. */
  readonly params: CelParams | undefined;
}

/** Where a binding's params come from. */
export interface CelParams {
  /**
   * The values of `params`, the policy being evaluated for each; none means that the binding says nothing.
   * @throws MISSING_FACT; an AmapError when they cannot be had: what that means the failure policy decides
   */
  load(run: CelParamSource): readonly Value[];
}

/** The schema of a kind that Kubernetes does not bring; undefined where it is not known. */
export type FindSchema = (apiVersion: string, kind: string) => ResourceSchema | undefined;

/** What finding params may use. */
export interface CelParamSource {
  readonly input: PolicyInput;
  readonly facts: CelRun["facts"];
}

/** Compiles the expressions of one variant in the language of its engine; what is wrong is noted with its path. */
export interface CelCompiler {
  readonly rules: CelEngine;
  /** The policy's namespace, empty outside. */
  readonly namespace: string;
  readonly issues: Issue[];
  readonly warnings: string[];
  /** Names that conditions see: without `variables`. */
  readonly requestEnvironment: CelEnvironment;
  /** Names that the policy's own expressions see: with its `variables`. */
  readonly environment: CelEnvironment;
  /** As `environment` for messageExpression: Kubernetes leaves out the authorizer. */
  readonly messageEnvironment: CelEnvironment;
  /**
   * The program, or undefined after noting an issue at `path`. The result's type must be known to be the one expected
   * (`object.spec.paused` is dyn, not bool), as both engines have it.
   */
  compile(
    source: string,
    path: string,
    expected: AdmissionResult | CelType,
    environment?: CelEnvironment,
  ): CelProgram | undefined;
}
