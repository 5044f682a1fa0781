import type { PolicyInput } from "../evaluate/input.ts";
import type { CelEnvironment } from "../language/cel/environment.ts";
import type { CelProgram } from "../language/cel/program.ts";
import type { CelValue } from "../language/cel/values/value.ts";
import { type MatchConstraints, matchInput, matchKeysOf } from "./match-constraints.ts";

/** One validation of a policy, compiled. */
export interface PlannedRule {
  readonly name: string;
  /** The expression as written, for explanations. */
  readonly expression: string;
  readonly program: CelProgram;
  readonly message?: string;
  readonly messageProgram?: CelProgram;
  readonly statusReason?: string;
}

/** A named expression, compiled. */
export interface NamedProgram {
  readonly name: string;
  readonly program: CelProgram;
}

/** A policy compiled once, for any number of objects; frozen. It holds closures, so it does not cross threads. */
export interface Plan {
  /** The policy's `metadata.name`. */
  readonly policy: string;
  readonly kind: "ImageValidatingPolicy" | "NamespacedImageValidatingPolicy";
  /** Of the kind that lives in a namespace: it is about objects of this one alone. Empty otherwise. */
  readonly namespace: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** What the policy is about: objects of Kubernetes, or any JSON. */
  readonly mode: "Kubernetes" | "JSON";
  /** Where it was read from. */
  readonly source: string;
  /** What is no mistake and likely to go wrong, one sentence each; such as an expression that costs too much. */
  readonly warnings: readonly string[];
  readonly failurePolicy: "Fail" | "Ignore";
  readonly validationActions: readonly ("Deny" | "Audit" | "Warn")[];
  /** Whether it applies at admission, and in background scans. */
  readonly admission: boolean;
  readonly background: boolean;
  /** How long the API server may wait for the webhook, if the policy says so: 1 to 30. */
  readonly timeoutSeconds?: number;
  readonly match: MatchConstraints;
  readonly matchConditions: readonly NamedProgram[];
  readonly rules: readonly PlannedRule[];
  /** Programs by lazy variable: `variables.<name>`. */
  readonly variables: ReadonlyMap<string, CelProgram>;
  /** `spec.images`. */
  readonly extractors: readonly NamedProgram[];
  /** Whether matchImageReferences cover an image. */
  readonly covers: (image: string, scope: CoverScope) => boolean;
  readonly verifyDigest: boolean;
  /** Whether admission pins tags to digests before rules are evaluated. */
  readonly mutateDigest: boolean;
  readonly required: boolean;
  /** What conditions and extractors see: the request. */
  readonly requestEnvironment: CelEnvironment;
  /** What rules, messages and variables see: the request, images, attestors, variables. */
  readonly environment: CelEnvironment;
  /** Values of `attestors` and `attestations`, the same for all objects. */
  readonly constants: { readonly attestors: CelValue; readonly attestations: CelValue };
}

/** What deciding about an image's name may need. */
export interface CoverScope {
  readonly now: number;
  charge(steps: number): void;
}

/** Plans by what they match, so that an object meets only its own. */
export interface PlanIndex {
  /**
   * The plans whose matchConstraints an input may meet, in the order given; those that are switched off for the
   * process (`evaluation.admission.enabled: false`) are left out.
   */
  plansFor(input: PolicyInput, process?: "admission" | "background"): readonly Plan[];
}

/**
 * Indexes plans by group and resource. A plan with a wildcard is tried for every object.
 *
 * @example
 * ```ts
 * import { createPlanIndex } from "../index.ts";
 * const index = createPlanIndex([]);
 * index.plansFor({ object: { apiVersion: "v1", kind: "Pod" }, operation: "CREATE" }).length; // 0
 * ```
 */
export function createPlanIndex(plans: readonly Plan[]): PlanIndex {
  const byKey = new Map<string, number[]>();
  const everywhere: number[] = [];
  for (const [place, plan] of plans.entries()) {
    if (plan.match.keys === undefined) everywhere.push(place);
    for (const key of plan.match.keys ?? []) byKey.set(key, [...(byKey.get(key) ?? []), place]);
  }
  return {
    plansFor(input, process = "admission") {
      const found = matchKeysOf(input).flatMap((key) => byKey.get(key) ?? []);
      const places = [...new Set([...found, ...everywhere])].sort((a, b) => a - b);
      return places
        .map((place) => plans[place])
        .filter((plan) => plan !== undefined)
        .filter((plan) => plan[process] && matchInput(plan.match, input).matched !== false);
    },
  };
}
