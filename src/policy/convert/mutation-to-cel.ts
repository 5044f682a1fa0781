import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { ConvertedRule, RuleHead } from "./convert-policy.ts";
import { NotConvertible } from "./not-convertible.ts";

export function convertMutationRule(_: RuleHead, _rule: KyvernoRule, path: string): ConvertedRule {
  throw new NotConvertible(`${path}.mutate`, "mutate rules are not converted yet");
}
