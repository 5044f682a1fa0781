import type { ErrorCode, Value } from "../../base/index.ts";
import type { KyvernoEffect, PatchedTarget, PodSecurityChecks } from "../evaluate/kyverno-response.ts";
import { evaluationError } from "./evaluation-error.ts";

/** What one rule came to, before it is said of which rule and policy. */
export interface RuleOutcome {
  readonly status: "pass" | "fail" | "warn" | "error" | "skip";
  readonly message: string;
  readonly code?: ErrorCode;
  readonly patched?: PatchedTarget;
  readonly generated?: readonly Value[];
  readonly podSecurity?: PodSecurityChecks;
  readonly exceptions?: readonly string[];
  /** Shown to who asked although it is no failure. */
  readonly emitWarning?: boolean;
}

/** All that a rule came to. */
export interface RuleResult {
  readonly outcomes: readonly RuleOutcome[];
  /** The object as the rule left it, when it changed it. */
  readonly object?: Value;
  readonly effects?: readonly KyvernoEffect[];
}

export const pass = (message: string): RuleOutcome => ({ status: "pass", message });
export const fail = (message: string): RuleOutcome => ({ status: "fail", message });
export const skip = (message: string): RuleOutcome => ({ status: "skip", message });

/** `error` for what was thrown, with what was being done before its message; what must not be caught is thrown on. */
export function errorOf(doing: string, thrown: unknown): RuleOutcome {
  const { code, message } = evaluationError(thrown);
  return { status: "error", code, message: doing === "" ? message : `${doing}: ${message}` };
}

/** Texts that are not empty, joined. */
export function joinNonEmpty(texts: readonly string[], separator: string): string {
  return texts.filter((text) => text !== "").join(separator);
}
