import type { CelMutation, MutationPart } from "../evaluate/cel/mutations.ts";
import { runMutations } from "../evaluate/cel/run-mutations.ts";
import {
  APPLY_CONFIGURATION_TYPE,
  JSON_PATCH_TYPE,
  withMutationTypes,
} from "../language/cel/kubernetes/mutation-environment.ts";
import { celTypes } from "../language/cel/types.ts";
import type { MutatingPolicy, PolicyMutation } from "../resource/policies/mutating-policy.ts";
import { compileTargets } from "./cel-mutation-targets.ts";
import type { CelCompiler, CelRun } from "./cel-plan.ts";

/** What a policy says of how objects are changed: of the spec of a MutatingPolicy or a MutatingAdmissionPolicy. */
export type MutationSpec = Pick<
  MutatingPolicy["spec"],
  "mutations" | "evaluation" | "matchConstraints" | "targetMatchConstraints" | "targetMatchConditions"
>;

/**
 * The part of a policy that changes objects; issues are noted with `path` (`spec`) before theirs. For Kyverno's kinds the
 * compiler's environments are made by `withMutationTypes` (its conditions and variables may name Object and JSONPatch);
 * for Kubernetes' the part adds the types itself, as only mutations have them there.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
 */
export function compileMutations(spec: MutationSpec, path: string, compiler: CelCompiler): MutationPart {
  const mutations = (spec.mutations ?? []).flatMap((mutation, index) =>
    compileMutation(mutation, `${path}.mutations[${index}]`, compiler),
  );
  const part: Omit<MutationPart, "run"> = {
    mutations: Object.freeze(mutations),
    allowsAtomic: spec.evaluation?.useServerSideApply === true,
    targets: compiler.rules === "kyverno" ? compileTargets(spec, path, compiler) : undefined,
  };
  return Object.freeze({ ...part, run: (run: CelRun) => runMutations(part, run) });
}

function compileMutation(mutation: PolicyMutation, path: string, compiler: CelCompiler): readonly CelMutation[] {
  const { patchType, applyConfiguration, jsonPatch } = mutation;
  const isPatch = patchType === "JSONPatch";
  const at = `${path}.${isPatch ? "jsonPatch" : "applyConfiguration"}`;
  const expression = (isPatch ? jsonPatch : applyConfiguration)?.expression;
  if (expression === undefined) {
    const message = `expected an expression, because patchType is ${patchType}`;
    compiler.issues.push({ code: "POLICY_INVALID", path: at, message });
    return [];
  }
  const environment = withMutationTypes(compiler.environment);
  const expected = isPatch ? celTypes.list(JSON_PATCH_TYPE) : APPLY_CONFIGURATION_TYPE;
  const program = compiler.compile(expression, `${at}.expression`, expected, environment);
  return program === undefined ? [] : [{ patchType, path: `${at}.expression`, program }];
}
