import type { Decoded } from "../../base/index.ts";
import type { ImageValidatingPolicy } from "../resource/image-validating-policy.ts";
import { joinPath } from "../resource/schema.ts";

/** The annotation that gives a policy's validations names, in order, separated by commas. amap's own; optional. */
const RULE_NAMES_ANNOTATION = "policies.amap.dev/rule-names";

const RULE_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;

/** The names of a policy's rules: by its annotation, or by place (`validations[0]`), since Kyverno's have none. */
export function ruleNamesOf(policy: ImageValidatingPolicy): Decoded<readonly string[]> {
  const { validations } = policy.spec;
  const annotation = policy.metadata.annotations?.[RULE_NAMES_ANNOTATION];
  if (annotation === undefined) return { ok: true, value: validations.map((_, index) => `validations[${index}]`) };
  const path = joinPath("metadata.annotations", RULE_NAMES_ANNOTATION);
  const refuse = (message: string): Decoded<never> => ({
    ok: false,
    issues: [{ code: "POLICY_INVALID", path, message: `policy ${policy.metadata.name}: ${message}` }],
  });
  const names = annotation.split(",").map((name) => name.trim());
  if (names.length !== validations.length) {
    return refuse(`expected ${validations.length} names, one for each validation, found ${names.length}`);
  }
  const wrong = names.find((name) => !RULE_NAME.test(name));
  if (wrong !== undefined)
    return refuse(`expected lower-case letters, digits, - and ., found ${JSON.stringify(wrong)}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return refuse(`the name ${twice} is there twice`);
  return { ok: true, value: names };
}
