import type { MutatingAdmissionPolicy } from "../resource/policies/admission-policy.ts";
import type { MutatingPolicy } from "../resource/policies/mutating-policy.ts";
import type { CelCompiler, CelPart } from "./cel-plan.ts";

/** What a policy says of how objects are changed: the spec of a MutatingPolicy or a MutatingAdmissionPolicy. */
export type MutationSpec = MutatingPolicy["spec"] | MutatingAdmissionPolicy["spec"];

/**
 * The part of a policy that changes objects; issues are noted with `path` (`spec`) before theirs. For Kyverno's kinds the
 * compiler's environments are made by `withMutationTypes` (its conditions and variables may name Object and JSONPatch);
 * for Kubernetes' the part adds the types itself, as only mutations have them there.
 */
export declare function compileMutations(spec: MutationSpec, path: string, compiler: CelCompiler): CelPart;
