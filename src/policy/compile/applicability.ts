import type { Value } from "../../base/index.ts";

/** When a policy applies: to requests, to objects that are there already, or both. */
interface Applicability {
  readonly atAdmission: boolean;
  readonly inBackground: boolean;
}

/**
 * When a policy's `spec` says that it applies: both when it says nothing. A policy that looks at who asks and does not
 * say `background: false` is refused before (`validateClusterPolicy`), so the field alone decides.
 */
export function applicabilityOf(spec: { readonly admission?: Value; readonly background?: Value }): Applicability {
  return { atAdmission: spec.admission !== false, inBackground: spec.background !== false };
}
