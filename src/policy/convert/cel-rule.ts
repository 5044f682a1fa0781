import type { Value } from "../../base/index.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { CelRule } from "../resource/kyverno/rule-actions.ts";
import { NotConvertible } from "./not-convertible.ts";

/** What a rule that has CEL in it becomes: the same expressions. */
export interface CelRuleBody {
  readonly spec: Readonly<Record<string, Value>>;
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  readonly statesMessage: boolean;
}

/** It throws NotConvertible for what CEL policies of Kyverno do not have: parameters and the authorizer. */
export function convertCelRule(cel: CelRule, rule: KyvernoRule, path: string): CelRuleBody {
  if (cel.paramKind !== undefined || cel.paramRef !== undefined) {
    throw new NotConvertible(`${path}.paramKind`, "a ValidatingPolicy has no parameters");
  }
  if (rule.preconditions !== undefined) throw new NotConvertible(path, "preconditions are not looked at beside CEL");
  const { expressions = [], variables = [], auditAnnotations = [] } = cel;
  if (expressions.length === 0) throw new NotConvertible(path, "there is nothing to check");
  const texts = [...expressions.map(({ expression }) => expression), ...variables.map(({ expression }) => expression)];
  const asks = texts.find((text) => /\bauthorizer\b/.test(text));
  if (asks !== undefined) throw new NotConvertible(path, "a ValidatingPolicy has no authorizer");
  const message = rule.validate?.message ?? "";
  const validations = expressions.map((each) => ({
    expression: each.expression,
    ...(each.message === undefined && message !== "" ? { message: message.trim() } : {}),
    ...(each.message === undefined ? {} : { message: each.message.trim() }),
    ...(each.messageExpression === undefined ? {} : { messageExpression: each.messageExpression }),
    ...(each.reason === undefined ? {} : { reason: each.reason }),
  }));
  return {
    spec: {
      ...(variables.length === 0 ? {} : { variables: variables }),
      validations,
      ...(auditAnnotations.length === 0 ? {} : { auditAnnotations: auditAnnotations }),
    },
    matchConditions: (rule.celPreconditions ?? []).map(({ name, expression }) => ({ name, expression })),
    statesMessage: validations.every((each) => "message" in each || "messageExpression" in each),
  };
}
