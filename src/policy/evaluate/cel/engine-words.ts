import type { AmapError } from "../../../base/index.ts";
import type { CelPlan } from "../../compile/cel-plan.ts";
import type { CelOutcome } from "./cel-outcome.ts";

/** How an engine names and says what is not a verdict of the policy's own expressions. */
interface EngineWords {
  /** The rule's name in results when the policy could not be evaluated; undefined: the policy's. */
  readonly failedRule: string | undefined;
  /** What stands before the reason. */
  readonly failed: string;
  /** When it is not known whether the policy is about the object. */
  readonly matchRule: string | undefined;
  readonly matchFailed: string;
  /** When the conditions do not hold; undefined: then the policy says nothing. */
  readonly unmet: Pick<CelOutcome, "rule" | "message"> | undefined;
  /** Whether failurePolicy Ignore makes of conditions that fail some that do not hold. */
  readonly conditionsMayFail: boolean;
}

const MATCH = { matchRule: "match", matchFailed: "failed to execute matching: " } as const;
const UNMET = { rule: "", message: "skip" } as const;

const KYVERNO_WORDS: Readonly<Record<"Validation" | "Mutation" | "Generation" | "Deletion", EngineWords>> = {
  Validation: {
    ...MATCH,
    failedRule: "evaluation",
    failed: "failed to load context: ",
    unmet: UNMET,
    conditionsMayFail: true,
  },
  Mutation: {
    ...MATCH,
    failedRule: "evaluation",
    failed: "failed to evaluate policy: ",
    unmet: UNMET,
    conditionsMayFail: false,
  },
  Generation: {
    ...MATCH,
    matchRule: undefined,
    failedRule: undefined,
    failed: "failed to evaluate policy: ",
    unmet: undefined,
    conditionsMayFail: false,
  },
  Deletion: {
    ...MATCH,
    matchRule: undefined,
    failedRule: undefined,
    failed: "",
    unmet: undefined,
    conditionsMayFail: false,
  },
};

const KUBERNETES_WORDS: EngineWords = {
  failedRule: undefined,
  failed: "",
  matchRule: undefined,
  matchFailed: "failed to configure policy: ",
  unmet: { message: "match conditions aren't met" },
  conditionsMayFail: true,
};

/** Kyverno's authorization servers. */
const AUTHORIZATION_WORDS: EngineWords = {
  failedRule: undefined,
  failed: "",
  matchRule: undefined,
  matchFailed: "",
  unmet: { message: "request does not match" },
  conditionsMayFail: true,
};

export function engineWords({ rules, type, mode }: CelPlan): EngineWords {
  if (mode === "HTTP" || mode === "Envoy") return AUTHORIZATION_WORDS;
  if (rules === "kubernetes") return KUBERNETES_WORDS;
  return KYVERNO_WORDS[type === "ImageVerify" ? "Validation" : type];
}

/** The outcome of a policy that could not be evaluated. */
export function failedOutcome(plan: CelPlan, { code }: Pick<AmapError, "code">, message: string): CelOutcome {
  const { failedRule, failed } = engineWords(plan);
  return { status: "error", code, message: `${failed}${message}`, rule: failedRule ?? plan.policy };
}

/** The outcome when it is not known whether the policy is about the object. */
export function unknownMatch(plan: CelPlan, message: string): CelOutcome {
  const { matchRule, matchFailed } = engineWords(plan);
  return {
    status: "error",
    code: "FACT_FAILED",
    message: `${matchFailed}${message}`,
    rule: matchRule ?? plan.policy,
    ...(plan.rules === "kubernetes" ? { denies: true } : {}),
  };
}
