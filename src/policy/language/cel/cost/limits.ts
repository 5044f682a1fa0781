/** One limit of Kubernetes in units of CEL cost. */
interface KubernetesCostLimit {
  /** Its name in Kubernetes' sources. */
  readonly name: string;
  readonly units: bigint;
  /** `estimate`: compared with {@link estimateCost} when the expression is stored; `run`: with what running it cost. */
  readonly of: "estimate" | "run";
  /** Where Kubernetes holds it. */
  readonly where: string;
}

/**
 * The limits that Kubernetes 1.36 sets on the cost of CEL. Admission policies and match conditions are limited only
 * while they run: their expressions are never refused for their estimate. Estimates limit the rules of custom resource
 * definitions and the selectors of dynamic resource allocation.
 */
export const KUBERNETES_COST_LIMITS = {
  crdExpression: {
    name: "StaticEstimatedCostLimit",
    units: 10_000_000n,
    of: "estimate",
    where: "one rule or messageExpression of x-kubernetes-validations times how often its place may occur in an object",
  },
  crd: {
    name: "StaticEstimatedCRDCostLimit",
    units: 100_000_000n,
    of: "estimate",
    where: "all rules of one schema of a CustomResourceDefinition together",
  },
  call: {
    name: "PerCallLimit",
    units: 1_000_000n,
    of: "run",
    where: "one evaluation of one expression, everywhere CEL is used; each variable of a policy is one of its own",
  },
  request: {
    name: "RuntimeCELCostBudget",
    units: 10_000_000n,
    of: "run",
    where:
      "for one request, all validations and messageExpressions of one ValidatingAdmissionPolicy, binding and parameter " +
      "together, with the variables they use; its auditAnnotations together; each mutation of a " +
      "MutatingAdmissionPolicy; all rules of one custom resource",
  },
  matchConditions: {
    name: "RuntimeCELCostBudgetMatchConditions",
    units: 2_500_000n,
    of: "run",
    where: "for one request, all matchConditions of one webhook or admission policy",
  },
  deviceSelector: {
    name: "CELSelectorExpressionMaxCost",
    units: 1_000_000n,
    of: "estimate",
    where: "one CEL selector of dynamic resource allocation",
  },
} as const satisfies Readonly<Record<string, KubernetesCostLimit>>;
