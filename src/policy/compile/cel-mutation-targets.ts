import type { CelProgram } from "../language/cel/program.ts";
import { celTypes, formatType } from "../language/cel/types.ts";
import { kubernetesKinds } from "../resource/kubernetes-kinds.ts";
import type { MutatingPolicy } from "../resource/policies/mutating-policy.ts";
import type { PolicyMatchConstraints, PolicyResourceRule } from "../resource/policies/policy-parts.ts";
import type { CelCompiler } from "./cel-plan.ts";
import { compileMatchResources, type MatchConstraints } from "./match-constraints.ts";
import type { NamedProgram } from "./plan.ts";

/** Which existing objects a policy changes. */
export interface MutationTargets {
  /** False: the policy names targets and `mutateExisting` is off, so that nothing is changed, as in a cluster. */
  readonly isEnabled: boolean;
  /**
   * The policy names none and changes existing objects: in a cluster, those that it is itself about, beside the one that was
   * sent.
   */
  readonly isImplied: boolean;
  /** Empty outside a policy of a namespace, which changes nothing elsewhere. */
  readonly namespace: string;
  /** The objects themselves, made from the one that was sent; undefined: all that `kinds` name. */
  readonly expression: { readonly path: string; readonly program: CelProgram } | undefined;
  readonly kinds: readonly TargetKind[];
  /** What an object must be to be a target; undefined when the expression alone decides. */
  readonly match: MatchConstraints | undefined;
  /** Whether labels of Namespaces decide. */
  readonly asksNamespaces: boolean;
  readonly conditions: readonly NamedProgram[];
}

/** One resource whose objects are looked through. */
export interface TargetKind {
  /** `apps/v1` */
  readonly apiVersion: string;
  readonly resource: string;
  readonly subresource: string;
}

type Spec = Pick<
  MutatingPolicy["spec"],
  "evaluation" | "matchConstraints" | "targetMatchConstraints" | "targetMatchConditions"
>;

/** The most kinds that the wildcards of one rule may stand for. */
const MAX_KINDS = 32;

/** The targets of a policy; undefined when it names none: then it changes the object that was sent. */
export function compileTargets(spec: Spec, path: string, compiler: CelCompiler): MutationTargets | undefined {
  const { evaluation, targetMatchConstraints: constraints } = spec;
  const { expression: source = "", ...match } = constraints ?? {};
  const rules = match.resourceRules ?? [];
  if (rules.length === 0 && source === "") return impliedTargets(spec, path, compiler);
  const isEnabled = evaluation?.mutateExisting?.enabled === true;
  if (!isEnabled) {
    compiler.warnings.push(
      `${path}.targetMatchConstraints: the policy changes nothing while ${path}.evaluation.mutateExisting is not enabled`,
    );
  }
  const at = `${path}.targetMatchConstraints.expression`;
  const program = source === "" ? undefined : compileExpression(source, at, compiler);
  return Object.freeze({
    isEnabled,
    isImplied: false,
    namespace: compiler.namespace,
    expression: program && { path: at, program },
    kinds: source === "" ? targetKinds(rules, `${path}.targetMatchConstraints`, compiler) : [],
    match: rules.length === 0 ? undefined : matchOf(match, rules),
    asksNamespaces: match.namespaceSelector !== undefined,
    conditions: conditionsOf(spec, path, compiler),
  });
}

/** Undefined too where they are of more kinds than can be looked through. */
function impliedTargets(spec: Spec, path: string, compiler: CelCompiler): MutationTargets | undefined {
  if (spec.evaluation?.mutateExisting?.enabled !== true) return undefined;
  const { matchConstraints: match = {} } = spec;
  const rules = match.resourceRules ?? [];
  const kinds = rules.flatMap(kindsOfRule);
  if (kinds.length === 0 || kinds.length > MAX_KINDS) return undefined;
  return Object.freeze({
    isEnabled: true,
    isImplied: true,
    namespace: compiler.namespace,
    expression: undefined,
    kinds,
    match: matchOf(match, rules),
    asksNamespaces: match.namespaceSelector !== undefined,
    conditions: conditionsOf(spec, path, compiler),
  });
}

/** Nobody asks for anything to be done to what exists: whatever the operation is, it is a target. */
function matchOf(match: PolicyMatchConstraints, rules: readonly PolicyResourceRule[]): MatchConstraints {
  const anyOperation = rules.map((rule): PolicyResourceRule => ({ ...rule, operations: ["*"] }));
  return compileMatchResources({ ...match, resourceRules: anyOperation }, "kyverno");
}

function conditionsOf(spec: Spec, path: string, compiler: CelCompiler): readonly NamedProgram[] {
  const conditions = (spec.targetMatchConditions ?? []).flatMap(
    ({ name, expression }, index): readonly NamedProgram[] => {
      const condition = compiler.compile(expression, `${path}.targetMatchConditions[${index}].expression`, "bool");
      return condition === undefined ? [] : [{ name, program: condition }];
    },
  );
  return Object.freeze(conditions);
}

/** What `resource.list` and `resource.get` give. */
const OBJECTS: ReadonlySet<string> = new Set(
  [celTypes.map(celTypes.string, celTypes.dyn), celTypes.dyn].map(formatType),
);

function compileExpression(source: string, path: string, compiler: CelCompiler): CelProgram | undefined {
  const program = compiler.compile(source, path, "anything");
  const found = program === undefined ? "dyn" : formatType(program.type);
  if (OBJECTS.has(found)) return program;
  const message = `expected an object, or a list of them as resource.list gives it, found ${found}`;
  compiler.issues.push({ code: "EXPRESSION_INVALID", path, message });
  return undefined;
}

function targetKinds(
  rules: readonly PolicyResourceRule[],
  path: string,
  { issues }: CelCompiler,
): readonly TargetKind[] {
  const kinds = new Map<string, TargetKind>();
  for (const [index, rule] of rules.entries()) {
    const found = kindsOfRule(rule);
    if (found.length > MAX_KINDS) {
      const message = `expected rules for at most ${MAX_KINDS} kinds, found ${found.length}: name the resources`;
      issues.push({ code: "NOT_SUPPORTED", path: `${path}.resourceRules[${index}]`, message });
    }
    for (const kind of found) kinds.set(`${kind.apiVersion}/${kind.resource}/${kind.subresource}`, kind);
  }
  return [...kinds.values()];
}

function kindsOfRule({ apiGroups = [], apiVersions = [], resources = [] }: PolicyResourceRule): readonly TargetKind[] {
  return apiGroups.flatMap((group) =>
    apiVersions.flatMap((version) =>
      resources.flatMap((pattern) => {
        const [resource = "", subresource = ""] = pattern.split("/", 2);
        return servedKinds(group, version, resource).map((kind) => ({ ...kind, subresource }));
      }),
    ),
  );
}

/** A resource as it is named; wildcards stand for the kinds that Kubernetes brings. */
function servedKinds(group: string, version: string, resource: string): readonly Omit<TargetKind, "subresource">[] {
  if (![group, version, resource].includes("*")) return [{ apiVersion: apiVersionOf(group, version), resource }];
  const fits = (pattern: string, value: string): boolean => pattern === "*" || pattern === value;
  return kubernetesKinds()
    .filter((kind) => fits(group, kind.group) && fits(version, kind.version) && fits(resource, kind.plural))
    .map((kind) => ({ apiVersion: apiVersionOf(kind.group, kind.version), resource: kind.plural }));
}

const apiVersionOf = (group: string, version: string): string => (group === "" ? version : `${group}/${version}`);
