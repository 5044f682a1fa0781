/** What kyverno.io policies do with a request, as Kyverno's webhooks decide by their results. */
import { textOf, type Value, type ValueObject } from "../../src/base/index.ts";
import {
  abandonClusterPolicy,
  type ExceptionIndex,
  evaluateClusterPolicy,
  type Fact,
  type FactRequest,
  type ImageOutcomes,
  KYVERNO_PHASES,
  type KyvernoEffect,
  type KyvernoEvaluation,
  type KyvernoPhase,
  type KyvernoPlan,
  type KyvernoRuleResponse,
  type PolicyInput,
} from "../../src/policy/index.ts";
import type { Said } from "./reports.ts";

/** Thrown where a policy asks for what only a network or a cluster has. */
export class Foreign extends Error {}

/** What the policies are evaluated with. */
export interface Surroundings {
  readonly plans: readonly KyvernoPlan[];
  readonly exceptions: ExceptionIndex;
  answer(request: FactRequest): Fact;
}

/** A request as it was decided. */
export interface Verdict {
  /** Why it is refused; undefined when it is not. */
  readonly refusal: string | undefined;
  /** The object as it was changed; null when it is deleted. */
  readonly object: Value;
  /** What the rules said. */
  readonly said: readonly Said[];
}

/** Any time after the certificates and dates in the tests were written. */
export const NOW = Date.UTC(2026, 10, 23);

/** Decides a request: all mutations, image verifications and validations, each by all policies. */
export function admit(input: PolicyInput, around: Surroundings): Verdict {
  const images = new Map<KyvernoPlan, ReadonlyMap<string, ImageOutcomes>>();
  let { object } = input;
  const results: Said[] = [];
  for (const phase of KYVERNO_PHASES) {
    if (phase === "generate") continue;
    const said: string[] = [];
    for (const plan of around.plans) {
      if (!plan.admission || !plan.phases.includes(phase)) continue;
      const done = evaluate(plan, { ...input, object }, around, { phase, isAdmission: true, images: images.get(plan) });
      if (phase === "verifyImages") images.set(plan, done.imageOutcomes);
      else results.push({ plan, responses: done.responses });
      if (blocks(plan, done.responses)) {
        said.push(...done.responses.filter(({ status }) => status === "fail" || status === "error").map(describe));
      }
      object = done.object;
    }
    if (said.length > 0) return { refusal: said.join("; "), object, said: results };
  }
  return { refusal: undefined, object, said: results };
}

/** What validation says of an object in a background scan. */
export function scan(input: PolicyInput, around: Surroundings): readonly Said[] {
  return around.plans
    .filter(({ background, phases }) => background && phases.includes("validate"))
    .map((plan) => {
      const step = { phase: "validate", isAdmission: false, images: undefined } as const;
      return { plan, responses: evaluate(plan, input, around, step).responses };
    });
}

/** What rules do to other objects when a request has been let through. */
export function effectsOf(
  input: PolicyInput,
  around: Surroundings,
  isWanted: (plan: KyvernoPlan, rule: string) => boolean = () => true,
): readonly KyvernoEffect[] {
  const effects: KyvernoEffect[] = [];
  for (const phase of ["mutate", "generate"] as const) {
    for (const plan of around.plans) {
      if (!plan.phases.includes(phase)) continue;
      const done = evaluate(plan, input, around, { phase, isAdmission: false, images: undefined });
      effects.push(...done.effects.filter(({ rule }) => isWanted(plan, rule)));
    }
  }
  return effects;
}

function evaluate(
  plan: KyvernoPlan,
  input: PolicyInput,
  around: Surroundings,
  step: {
    readonly phase: KyvernoPhase;
    readonly isAdmission: boolean;
    readonly images: ReadonlyMap<string, ImageOutcomes> | undefined;
  },
): KyvernoEvaluation {
  const facts = new Map<string, Fact>();
  const options = {
    now: NOW,
    seed: "chainsaw",
    phases: [step.phase],
    isAdmission: step.isAdmission,
    exceptions: around.exceptions,
    ...(step.images === undefined ? {} : { imageOutcomes: step.images }),
  };
  let done = evaluateClusterPolicy(plan, input, { ...options, facts });
  for (let pass = 0; done.pending.length > 0; pass++) {
    if (pass > 1000) return abandonClusterPolicy(plan, done, { code: "BUDGET_EXCEEDED", message: "too many passes" });
    for (const request of done.pending) facts.set(request.key, around.answer(request));
    done = evaluateClusterPolicy(plan, input, { ...options, facts, previous: done });
  }
  return done;
}

/** A failure that is enforced; an error where the API server waits for the answer. */
function blocks(plan: KyvernoPlan, responses: readonly KyvernoRuleResponse[]): boolean {
  return responses.some(({ status, failureAction, phase }) => {
    if (status === "fail") return failureAction === "Enforce";
    if (status !== "error" || plan.failurePolicy !== "Fail") return false;
    return phase !== "validate" || failureAction === "Enforce";
  });
}

function describe({ policy, rule, message }: KyvernoRuleResponse): string {
  return `${policy}/${rule}: ${message}`;
}

/** The request for an object, by who runs the tests: an administrator of the cluster. */
export function requestFor(
  operation: PolicyInput["operation"],
  object: ValueObject,
  oldObject: ValueObject | undefined,
  rest: Pick<PolicyInput, "namespaceObject"> & { readonly plural: string; readonly namespace: string },
): PolicyInput {
  const apiVersion = textOf(object, "apiVersion");
  const slash = apiVersion.indexOf("/");
  const metadata = object["metadata"];
  return {
    object: operation === "DELETE" ? null : object,
    ...(oldObject === undefined ? {} : { oldObject }),
    operation,
    resource: rest.plural,
    requested: {
      group: slash < 0 ? "" : apiVersion.slice(0, slash),
      version: apiVersion.slice(slash + 1),
      kind: textOf(object, "kind"),
      name: textOf(metadata, "name"),
      namespace: rest.namespace,
    },
    ...(rest.namespaceObject === undefined ? {} : { namespaceObject: rest.namespaceObject }),
    userInfo: { username: "kubernetes-admin", groups: ["kubeadm:cluster-admins", "system:authenticated"] },
    roles: [],
    clusterRoles: ["cluster-admin", "system:basic-user", "system:discovery", "system:public-info-viewer"],
  };
}
