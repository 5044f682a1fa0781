import type { Value } from "../../base/index.ts";
import { autogenRules } from "../compile/autogen.ts";
import type { ClusterPolicyResource } from "../compile/cluster-policy.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import { convertCelRule } from "./cel-rule.ts";
import { and, atom, type CelText, not, or, relation, within } from "./cel-text.ts";
import { convertConditions } from "./conditions-to-cel.ts";
import { type ConversionNote, type ConvertedRule, finishRule, type RuleBody, type RuleHead } from "./converted-rule.ts";
import { type FieldType, typeOfKinds } from "./field-types.ts";
import { type ConvertedMatch, convertMatch } from "./match-to-cel.ts";
import { convertMutation } from "./mutation-to-cel.ts";
import { NotConvertible } from "./not-convertible.ts";
import { convertTemplate } from "./template-to-cel.ts";
import { convertValidation, scopeOf } from "./validation-to-cel.ts";

/** What became of a policy. */
export interface Conversion {
  readonly converted: readonly ConvertedRule[];
  readonly unconverted: readonly ConversionNote[];
}

/**
 * A ClusterPolicy or Policy as policies of policies.kyverno.io that say the same, one for each rule: a rule is written
 * whole or not at all. What has no counterpart, or not surely the same, is named with its place and the reason; so is what
 * a policy that was written does not say (deletions, ReplicationControllers). Expressions rely on the types that an API
 * server lets objects have. Whether both do say the same is for a proof to show.
 *
 * @example
 * ```ts
 * import { convertPolicy, decodePolicies } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: kyverno.io/v1
 * kind: ClusterPolicy
 * metadata: {name: no-latest}
 * spec:
 *   rules:
 *   - name: tags
 *     match: {any: [{resources: {kinds: [Pod]}}]}
 *     validate: {message: state a tag, pattern: {spec: {containers: [{image: "!*:latest"}]}}}
 * `, "no-latest.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const done = policy?.kind === "ClusterPolicy" ? convertPolicy(policy) : undefined;
 * done?.converted.length; // 1
 * ```
 */
export function convertPolicy(resource: ClusterPolicyResource): Conversion {
  const converted: ConvertedRule[] = [];
  const unconverted: ConversionNote[] = [];
  const rules = resource.policy.spec.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    try {
      converted.push(convertRule(resource, rule, `spec.rules[${index}]`));
    } catch (thrown) {
      unconverted.push(noteOf(thrown, `spec.rules[${index}]`));
    }
  }
  return { converted, unconverted };
}

function noteOf(thrown: unknown, path: string): ConversionNote {
  if (thrown instanceof NotConvertible) return { path: thrown.path, reason: thrown.message };
  if (thrown instanceof Error && "code" in thrown) return { path, reason: thrown.message };
  throw thrown;
}

function convertRule(resource: ClusterPolicyResource, rule: KyvernoRule, path: string): ConvertedRule {
  const { spec } = resource.policy;
  refuseWhole(resource, rule, path);
  if (rule.mutate !== undefined)
    return convertMutationRule(headOf(resource, rule, path, ["CREATE", "UPDATE"]), rule.mutate);
  const { validate } = rule;
  if (validate === undefined) throw new NotConvertible(path, kindReason(rule));
  if (validate.podSecurity !== undefined)
    throw new NotConvertible(`${path}.validate.podSecurity`, "the Pod Security Standards are no CEL");
  if (validate.manifests !== undefined)
    throw new NotConvertible(`${path}.validate.manifests`, "signed manifests have no counterpart");
  if (validate.assert !== undefined)
    throw new NotConvertible(`${path}.validate.assert`, "Kyverno does not read assertion trees here");
  const enforces = (validate.failureAction ?? spec.validationFailureAction ?? "Audit").toLowerCase() === "enforce";
  const overrides = [...(validate.failureActionOverrides ?? []), ...(spec.validationFailureActionOverrides ?? [])];
  if (overrides.length > 0) throw new NotConvertible(path, "what a failure leads to depends on the namespace");
  const head = headOf(resource, rule, path, ["CREATE", "UPDATE"]);
  const body =
    validate.cel === undefined
      ? validationBody(head, rule, path, enforces)
      : convertCelRule(validate.cel, rule, `${path}.validate.cel`);
  return finishRule(head, {
    kind: "ValidatingPolicy",
    spec: { ...body.spec, validationActions: [enforces ? "Deny" : "Audit"] },
    matchConditions: body.matchConditions,
    statesMessage: body.statesMessage,
    differences:
      validate.cel === undefined
        ? []
        : [
            {
              path: `${path}.validate.cel`,
              reason: "an expression that fails is an error in it, and a failure of the rule",
            },
          ],
  });
}

function convertMutationRule(head: RuleHead, source: NonNullable<KyvernoRule["mutate"]>): ConvertedRule {
  const { rule, path } = head;
  const scope = scopeOf("object", typeOfMatch(head), rule.context, `${path}.context`);
  const { mutation, condition } = convertMutation(source, scope, `${path}.mutate`);
  if (head.controllers.length > 0 && /Object\.metadata\{|JSONPatch\{/.test(JSON.stringify(mutation))) {
    throw new NotConvertible(`${path}.mutate`, "for the controllers of Pods it would not change what the rule changes");
  }
  const matchConditions: { name: string; expression: string }[] = [];
  if (rule.preconditions !== undefined) {
    const met = convertConditions(rule.preconditions, { scope, path: `${path}.preconditions` });
    if (met.constant !== true) matchConditions.push({ name: "preconditions", expression: met.text });
  }
  if (condition.constant !== true) matchConditions.push({ name: "to-be-changed", expression: condition.text });
  return finishRule(head, {
    kind: "MutatingPolicy",
    spec: { mutations: [mutation] },
    matchConditions,
    statesMessage: false,
    differences: [],
  });
}

function typeOfMatch({ match: { kinds }, controllers }: Pick<RuleHead, "match" | "controllers">): FieldType {
  return typeOfKinds(
    kinds.map(({ group, version, kind }) => ({ apiVersion: group === "" ? version : `${group}/${version}`, kind })),
    controllers.length > 0,
  );
}

function kindReason(rule: KyvernoRule): string {
  if (rule.generate !== undefined) return "generate rules are not converted yet";
  if (rule.verifyImages !== undefined) return "verifyImages rules are not converted yet";
  return "the rule does nothing";
}

/** What no rule of a converted policy may have. */
function refuseWhole({ policy: { spec } }: ClusterPolicyResource, rule: KyvernoRule, path: string): void {
  if (spec.applyRules === "One" && (spec.rules ?? []).length > 1) {
    throw new NotConvertible(
      "spec.applyRules",
      "rules of which only the first that applies counts depend on each other",
    );
  }
  if ((spec.webhookConfiguration?.matchConditions ?? []).length > 0) {
    throw new NotConvertible(
      "spec.webhookConfiguration.matchConditions",
      "they hold for requests alone, not for background scans",
    );
  }
  if (rule.imageExtractors !== undefined)
    throw new NotConvertible(`${path}.imageExtractors`, "images of other kinds are read in their own way");
}

function headOf(
  resource: ClusterPolicyResource,
  rule: KyvernoRule,
  path: string,
  operations: readonly string[],
): RuleHead {
  const match = convertMatch(rule.match, rule.exclude, path, operations);
  const { annotations } = resource.policy.metadata;
  const rules = resource.policy.spec.rules ?? [];
  const { controllers } = autogenRules(rules, annotations);
  const isForPods = match.kinds.some(({ kind }) => kind === "Pod");
  return {
    resource,
    rule,
    path,
    match,
    controllers: isForPods ? controllers.filter((kind) => kind !== "none" && kind !== "all") : [],
  };
}

function validationBody(
  { match, controllers, path: at }: RuleHead,
  rule: KyvernoRule,
  path: string,
  enforces: boolean,
): RuleBody {
  const { validate } = rule;
  if (validate === undefined) throw new NotConvertible(at, "there is nothing to check");
  const type = typeOfMatch({ match, controllers });
  const scope = scopeOf("object", type, rule.context, `${path}.context`);
  const ok = convertValidation(validate, scope, `${path}.validate`);
  if (ok.constant !== undefined)
    throw new NotConvertible(`${path}.validate`, `the rule always ${ok.constant ? "passes" : "fails"}`);
  const matchConditions: { name: string; expression: string }[] = [];
  if (rule.preconditions !== undefined) {
    const met = convertConditions(rule.preconditions, { scope, path: `${path}.preconditions` });
    if (met.constant !== true) matchConditions.push({ name: "preconditions", expression: met.text });
  }
  const wasBad =
    enforces && validate.allowExistingViolations !== false && looksBefore(rule, match)
      ? wasBadBefore(rule, validate, { match, type, path })
      : undefined;
  const { message = "" } = validate;
  const made = message === "" ? {} : messageOf(message, scope, `${path}.validate.message`);
  const spec = writeValidations(ok, made, {
    wasBad,
    mayFail: validate.pattern === undefined && validate.anyPattern === undefined,
  });
  return { spec, matchConditions, statesMessage: message !== "" };
}

/** As in Kyverno: not beside preconditions, nor for what is about no creation or a part of an object. */
function looksBefore(rule: KyvernoRule, { kinds }: ConvertedMatch): boolean {
  if (rule.preconditions !== undefined) return false;
  return kinds.some(
    ({ operations, resource }) =>
      operations.includes("UPDATE") && operations.includes("CREATE") && !resource.includes("/"),
  );
}

/** That an update finds an object which the rule is about, and which already was not as it should be. */
function wasBadBefore(
  rule: KyvernoRule,
  validate: NonNullable<KyvernoRule["validate"]>,
  { match, type, path }: { readonly match: ConvertedMatch; readonly type: FieldType; readonly path: string },
): CelText {
  const matched = match.conditions.map(({ expression }) => {
    if (expression.includes("request.")) {
      throw new NotConvertible(
        `${path}.exclude`,
        "who asks decides, and an update is held against the object before as if nobody asked",
      );
    }
    return {
      text: expression.replaceAll(/\bobject\./g, "oldObject."),
      level: /\|\||&&/.test(expression) ? ("or" as const) : ("relation" as const),
    };
  });
  const before = convertValidation(
    validate,
    scopeOf("oldObject", type, rule.context, `${path}.context`),
    `${path}.validate`,
  );
  return and(relation("request.operation", "==", "'UPDATE'"), ...matched, not(before));
}

function messageOf(
  message: string,
  scope: Parameters<typeof convertTemplate>[1],
  path: string,
): Readonly<Record<string, Value>> {
  const made = convertTemplate(message, scope, path);
  return "text" in made ? { message: made.text } : { messageExpression: made.expression };
}

/** An update may leave an object as bad as it was. */
interface Before {
  /** That the object was as bad before, where that lets an update through. */
  readonly wasBad: CelText | undefined;
  /** Whether the demands may be an error, which stays one whatever was before. */
  readonly mayFail: boolean;
}

/** The lists of all containers, which are long and read twice. */
const CONTAINERS =
  /\(object\.spec(?:\.\??[A-Za-z]+(?:\.orValue\(\[\]\))?)+(?: \+ object\.spec(?:\.\??[A-Za-z]+(?:\.orValue\(\[\]\))?)+)+\)/g;

/** Long conjunctions are validations of their own; lists of all containers get a name. */
function writeValidations(
  ok: CelText,
  message: Readonly<Record<string, Value>>,
  { wasBad, mayFail }: Before,
): Readonly<Record<string, Value>> {
  const parts = ok.text.length > 100 && ok.parts !== undefined && !mayFail ? ok.parts : [ok];
  const [list] = parts.flatMap(({ text }) => text.match(CONTAINERS) ?? []);
  const variables: { name: string; expression: string }[] = [];
  if (list !== undefined) variables.push({ name: "containers", expression: list.slice(1, -1) });
  if (wasBad !== undefined) variables.push({ name: "wasAsBad", expression: wasBad.text });
  const named = parts.map((part) => {
    const text = list === undefined ? part : { ...part, text: part.text.replaceAll(list, "variables.containers") };
    if (wasBad === undefined) return text.text;
    return mayFail
      ? `${within(text, "relation")} ? true : variables.wasAsBad`
      : or(text, atom("variables.wasAsBad")).text;
  });
  return {
    ...(variables.length === 0 ? {} : { variables }),
    validations: named.map((expression) => ({ expression, ...message })),
  };
}
