import { isValueObject, type Value } from "../../base/index.ts";
import { type ParamSource, type ParamsForm, readParams } from "../evaluate/cel/params.ts";
import { findKubernetesKind } from "../resource/kubernetes-kinds.ts";
import type { ParamRef } from "../resource/policies/admission-policy.ts";
import type {
  CelBinding,
  CelBindingResource,
  CelParamSource,
  CelParams,
  CelPolicyResource,
  ValidationAction,
} from "./cel-plan.ts";
import { compileMatchResources } from "./match-constraints.ts";

/** One of Kubernetes' admission policies, as read. */
export type AdmissionPolicyResource = Extract<
  CelPolicyResource,
  { readonly kind: "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" }
>;

/** What binds a policy. */
interface CompiledBindings {
  /**
   * Of the bindings that were given, those of this policy, in their order; undefined when there is none: a cluster does
   * not evaluate the policy then, Kyverno's command line evaluates it once.
   */
  readonly bindings: readonly CelBinding[] | undefined;
  /** What is no mistake and likely to go wrong, one sentence each. */
  readonly warnings: readonly string[];
}

const DENY: readonly ValidationAction[] = Object.freeze(["Deny"]);

/**
 * The bindings of one policy. A binding without a paramRef, or of a policy without a paramKind, has no params: the policy
 * is evaluated once, as in the API server. Where a policy reads `params.items`, as Kyverno's command line has it, all
 * that the selector finds is one list; otherwise the policy is evaluated for each.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#parameter-resources
 */
export function compileCelBindings(
  policy: AdmissionPolicyResource,
  given: readonly CelBindingResource[],
): CompiledBindings {
  const own = given.filter(
    (binding) => binding.kind === `${policy.kind}Binding` && binding.policy.spec.policyName === policy.name,
  );
  if (own.length === 0) return { bindings: undefined, warnings: [] };
  const form = readsItems(policy.policy.spec) ? "list" : "each";
  const bindings = own.map((binding) => compileBinding(policy, binding, form));
  const isListed = form === "list" && bindings.some(({ params }) => params !== undefined);
  return { bindings: Object.freeze(bindings), warnings: isListed ? [listWarning(policy)] : [] };
}

function compileBinding(policy: AdmissionPolicyResource, binding: CelBindingResource, form: ParamsForm): CelBinding {
  const { spec } = binding.policy;
  return Object.freeze({
    name: binding.name,
    validationActions: "validationActions" in spec ? (spec.validationActions ?? DENY) : DENY,
    match: spec.matchResources === undefined ? undefined : compileMatchResources(spec.matchResources, "kubernetes"),
    params: compileParams(policy, spec.paramRef, form),
  });
}

function compileParams(
  policy: AdmissionPolicyResource,
  ref: ParamRef | undefined,
  form: ParamsForm,
): CelParams | undefined {
  const { paramKind } = policy.policy.spec;
  if (paramKind === undefined || ref === undefined) return undefined;
  const { apiVersion = "", kind = "" } = paramKind;
  const isNamespaced = findKubernetesKind(apiVersion, kind)?.namespaced;
  const source: ParamSource = Object.freeze({ apiVersion, kind, isNamespaced, ref, form });
  return Object.freeze({ load: (run: CelParamSource) => readParams(source, run) });
}

/** `params.items` in an expression: no kind of Kubernetes' own that holds settings has such a field. */
const ITEMS = /(?<![\w.])params\s*(?:\.\s*(?:\?\s*)?items\b|\[\s*(?:\?\s*)?["']items["'])/;

function readsItems(value: Value): boolean {
  if (typeof value === "string") return ITEMS.test(value);
  if (Array.isArray(value)) return value.some((item: Value) => readsItems(item));
  return isValueObject(value) && Object.values(value).some(readsItems);
}

function listWarning({ kind, name }: AdmissionPolicyResource): string {
  return (
    `${kind} ${name} reads params.items, a list of all params, which is what Kyverno's command line makes of a selector: ` +
    "an API server evaluates the policy for each of them, where params.items is an error"
  );
}
