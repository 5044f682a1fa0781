import type { Value } from "../../base/index.ts";
import { autogenRules } from "../compile/autogen.ts";
import type { ClusterPolicyResource } from "../compile/cluster-policy.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { CustomKind } from "../resource/resource-schema.ts";
import { convertCelRule } from "./cel-rule.ts";
import { and, atom, type CelText, choice, not, or, relation, TRUE, within } from "./cel-text.ts";
import { convertConditions } from "./conditions-to-cel.ts";
import { type ConversionNote, type ConvertedRule, finishRule, type RuleBody, type RuleHead } from "./converted-rule.ts";
import { type FieldType, typeOfKinds } from "./field-types.ts";
import { convertGenerationRule } from "./generation-rule.ts";
import { convertImagesRule } from "./images-rule.ts";
import { type ConvertedMatch, convertMatch } from "./match-to-cel.ts";
import { convertMutationRules } from "./mutation-rule.ts";
import { NotConvertible, notesOf } from "./not-convertible.ts";
import { PolicyVariables } from "./policy-variables.ts";
import { operationsOf } from "./stated-operations.ts";
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
 * server lets objects have; for kinds that are not built in these are taken from `customKinds`, and without them a rule
 * over such a kind is not written. Whether both do say the same is for a proof to show.
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
export function convertPolicy(
  resource: ClusterPolicyResource,
  { customKinds = [] }: ConversionOptions = {},
): Conversion {
  const source: ConversionSource = { resource, customKinds };
  const converted: ConvertedRule[] = [];
  const unconverted: ConversionNote[] = [];
  const rules = resource.policy.spec.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    try {
      converted.push(...convertRules(source, rule, `spec.rules[${index}]`));
    } catch (thrown) {
      unconverted.push(...notesOf(thrown, `spec.rules[${index}]`));
    }
  }
  return { converted, unconverted };
}

/** What a conversion is told beside the policy. */
export interface ConversionOptions {
  /** Kinds that are not built in, with their schemas. */
  readonly customKinds?: readonly CustomKind[];
}

interface ConversionSource {
  readonly resource: ClusterPolicyResource;
  readonly customKinds: readonly CustomKind[];
}

/** What verifies images is a policy for each of its entries, what changes Pods perhaps one for each place of them. */
function convertRules(source: ConversionSource, rule: KyvernoRule, path: string): readonly ConvertedRule[] {
  const { resource } = source;
  if (rule.mutate !== undefined) {
    refuseWhole(resource, rule, path);
    return convertMutationRules(resource, rule, {
      headOf: (each) => headOf(source, each, path, operationsOf(each)),
      typeOf: typeOfMatch,
    });
  }
  if (rule.verifyImages === undefined) return [convertRule(source, rule, path)];
  refuseWhole(resource, rule, path);
  return convertImagesRule(headOf(source, rule, path, ["CREATE", "UPDATE"]), rule.verifyImages);
}

function convertRule(source: ConversionSource, rule: KyvernoRule, path: string): ConvertedRule {
  const { resource } = source;
  const { spec } = resource.policy;
  refuseWhole(resource, rule, path);
  if (rule.generate !== undefined)
    return convertGenerationRule(headOf(source, rule, path, ["CREATE", "UPDATE"]), rule.generate);
  const { validate } = rule;
  if (validate === undefined) throw new NotConvertible(path, "the rule does nothing");
  if (validate.podSecurity !== undefined)
    throw new NotConvertible(`${path}.validate.podSecurity`, "the Pod Security Standards are no CEL");
  if (validate.manifests !== undefined)
    throw new NotConvertible(`${path}.validate.manifests`, "signed manifests have no counterpart");
  if (validate.assert !== undefined)
    throw new NotConvertible(`${path}.validate.assert`, "Kyverno does not read assertion trees here");
  const enforces = (validate.failureAction ?? spec.validationFailureAction ?? "Audit").toLowerCase() === "enforce";
  const overrides = [...(validate.failureActionOverrides ?? []), ...(spec.validationFailureActionOverrides ?? [])];
  if (overrides.length > 0) throw new NotConvertible(path, "what a failure leads to depends on the namespace");
  const head = headOf(source, rule, path, operationsOf(rule));
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

const operationsIn = ({ kinds }: ConvertedMatch): readonly string[] => [
  ...new Set(kinds.flatMap(({ operations }) => operations)),
];

function typeOfMatch({ match: { kinds }, controllers }: Pick<RuleHead, "match" | "controllers">): FieldType {
  return typeOfKinds(
    kinds.map(({ group, version, kind, schema }) => ({
      apiVersion: group === "" ? version : `${group}/${version}`,
      kind,
      schema,
    })),
    controllers.length > 0,
  );
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
  { resource, customKinds }: ConversionSource,
  rule: KyvernoRule,
  path: string,
  operations: readonly string[],
): RuleHead {
  const match = convertMatch(rule.match, rule.exclude, path, operations, customKinds);
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
  { resource, match, controllers, path: at }: RuleHead,
  rule: KyvernoRule,
  path: string,
  enforces: boolean,
): RuleBody {
  const { validate } = rule;
  if (validate === undefined) throw new NotConvertible(at, "there is nothing to check");
  const type = typeOfMatch({ match, controllers });
  const variables = new PolicyVariables();
  const scope = scopeOf("object", type, rule.context, `${path}.context`, {
    operations: operationsIn(match),
    variables,
  });
  const demanded = convertValidation(validate, scope, `${path}.validate`);
  if (demanded.constant === true) throw new NotConvertible(`${path}.validate`, "the rule always passes");
  const { matchConditions, ok } = withPreconditions(rule, demanded, scope, {
    path,
    // A condition of the match that fails would leave the object alone.
    mayIgnore: failurePolicyOf(resource) === "Ignore",
  });
  const wasBad =
    enforces && validate.allowExistingViolations !== false && looksBefore(rule, match)
      ? wasBadBefore(rule, validate, { match, type, path, variables })
      : undefined;
  if (controllers.length > 0 && [ok.text, ...matchConditions.map(({ expression }) => expression)].some(readsNamespace))
    throw new NotConvertible(
      path,
      "the namespace of a Pod's template, which has none, is the controller's in a policy",
    );
  const { message = "" } = validate;
  const made = message === "" ? {} : messageOf(message, scope, `${path}.validate.message`);
  const spec = writeValidations(ok, made, {
    wasBad,
    variables: variables.list,
    mayFail: validate.pattern === undefined && validate.anyPattern === undefined,
  });
  return { spec, matchConditions, statesMessage: message !== "" };
}

/** A text that stays as it is where others are rewritten for the controllers of Pods. */
const readsNamespace = (text: string): boolean => /\b[oO](?:bject|ldObject)\.metadata\.\??namespace\b/.test(text);

/** As in Kyverno: not beside preconditions, nor for what is about no creation or a part of an object. */
function looksBefore(rule: KyvernoRule, { kinds }: ConvertedMatch): boolean {
  if (rule.preconditions !== undefined) return false;
  return kinds.some(
    ({ operations, resource }) =>
      operations.includes("UPDATE") && operations.includes("CREATE") && !resource.includes("/"),
  );
}

/** Preconditions are conditions of the match, unless they ask the policy's variables, which a match knows nothing of. */
function withPreconditions(
  { preconditions }: KyvernoRule,
  ok: CelText,
  scope: Parameters<typeof convertTemplate>[1],
  { path, mayIgnore }: { readonly path: string; readonly mayIgnore: boolean },
): { readonly matchConditions: { name: string; expression: string }[]; readonly ok: CelText } {
  if (preconditions === undefined) return { matchConditions: [], ok };
  const met = convertConditions(preconditions, { scope, path: `${path}.preconditions` });
  if (met.constant === true) return { matchConditions: [], ok };
  if (mayIgnore || met.text.includes("variables.")) return { matchConditions: [], ok: choice(met, ok, TRUE) };
  return { matchConditions: [{ name: "preconditions", expression: met.text }], ok };
}

function failurePolicyOf({ policy: { spec } }: ClusterPolicyResource): string | undefined {
  return spec.webhookConfiguration?.failurePolicy ?? spec.failurePolicy;
}

/** What an object is asked, beside its rule. */
interface Asked {
  readonly match: ConvertedMatch;
  readonly type: FieldType;
  readonly path: string;
  readonly variables: PolicyVariables;
}

/** That an update finds an object which the rule is about, and which already was not as it should be. */
function wasBadBefore(
  rule: KyvernoRule,
  validate: NonNullable<KyvernoRule["validate"]>,
  { match, type, path, variables }: Asked,
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
    scopeOf("oldObject", type, rule.context, `${path}.context`, { variables }),
    `${path}.validate`,
    // Before an update what cannot be worked out counts as good.
    true,
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
  readonly variables: PolicyVariables["list"];
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
  { wasBad, mayFail, variables: looked }: Before,
): Readonly<Record<string, Value>> {
  const parts = ok.text.length > 100 && ok.parts !== undefined && !mayFail ? ok.parts : [ok];
  const [list] = parts.flatMap(({ text }) => text.match(CONTAINERS) ?? []);
  const variables: { name: string; expression: string }[] = [...looked];
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
