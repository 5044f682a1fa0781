import { compareText, type Value } from "../../base/index.ts";
import type { PolicyMatchConstraints } from "../resource/policies/policy-parts.ts";
import { selectsAll } from "./label-selector.ts";
import { mapTexts } from "./map-texts.ts";

/** What autogen reads of a policy's spec. */
export interface AutogenSource {
  readonly matchConstraints?: PolicyMatchConstraints;
  readonly autogen?: { readonly podControllers?: { readonly controllers?: readonly string[] } };
}

/**
 * How a policy comes to speak of a controller's Pods: `paths` changes every text of the spec, as Kyverno does it for
 * ValidatingPolicy and ImageValidatingPolicy; `objects` changes match conditions and apply configurations alone, and what
 * they make, as it does it for MutatingPolicy.
 */
type AutogenRewriting = "paths" | "objects";

/** A policy's spec for some objects. */
interface SpecVariant<S> {
  /** Empty for the spec as written; otherwise `autogen-` and what its targets have in common. */
  readonly name: "" | "autogen-cronjobs" | "autogen-defaults" | "autogen-extract";
  readonly spec: S;
  /**
   * The spec speaks of Pods and its objects hold templates of Pods anywhere: it is evaluated for what `podInputsOf`
   * finds in them.
   */
  readonly extractsPods: boolean;
}

interface Target {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly variant: Exclude<SpecVariant<unknown>["name"], "">;
}

const TEMPLATE = { version: "v1", variant: "autogen-defaults" } as const;
const CONTROLLERS: ReadonlyMap<string, Target> = new Map(
  [
    { ...TEMPLATE, group: "apps", resource: "daemonsets" },
    { ...TEMPLATE, group: "apps", resource: "deployments" },
    { ...TEMPLATE, group: "apps", resource: "replicasets" },
    { ...TEMPLATE, group: "apps", resource: "statefulsets" },
    { ...TEMPLATE, group: "batch", resource: "jobs" },
    { ...TEMPLATE, group: "batch", resource: "cronjobs", variant: "autogen-cronjobs" as const },
  ].map((target) => [target.resource, target]),
);

/** Where Pods are in the objects of a variant; those of custom kinds are anywhere. */
const POD_PATHS = {
  "autogen-cronjobs": ["spec", "jobTemplate", "spec", "template"],
  "autogen-defaults": ["spec", "template"],
} as const;
type TemplateVariant = keyof typeof POD_PATHS;
const VARIANTS = ["autogen-cronjobs", "autogen-defaults", "autogen-extract"] as const;

/**
 * A policy's spec as written, and what Kyverno makes of it for the controllers of Pods: all of them, or those of
 * `autogen.podControllers.controllers` (`deployments`, or `resource.version.group` of a custom kind; other names are
 * extended to nothing). A policy is extended when its one rule names v1 pods alone and nothing else narrows it but a
 * namespaceSelector. Kyverno changes texts, not syntax, and so does this: what stands in a message is changed too, and
 * `object.metadata.namespace` stays.
 */
export function expandPodControllers<S extends AutogenSource & ObjectSource>(
  spec: S,
  rewriting: AutogenRewriting,
): readonly SpecVariant<S>[] {
  const variants = controllerConstraints(spec).map(({ name, matchConstraints }): SpecVariant<S> => {
    const narrowed: S = { ...spec, matchConstraints };
    if (name === "autogen-extract") return { name, spec: narrowed, extractsPods: true };
    const rewritten = rewriting === "paths" ? rewritePaths(narrowed, name) : rewriteObjects(narrowed, name);
    return { name, spec: rewritten, extractsPods: false };
  });
  return [{ name: "", spec, extractsPods: false }, ...variants];
}

/** What a policy for Pods is about beside them. */
interface ControllerConstraints {
  readonly name: (typeof VARIANTS)[number];
  readonly matchConstraints: PolicyMatchConstraints;
}

/** The controllers of Pods that a policy is extended to, those with Pods in the same place together. */
export function controllerConstraints(spec: AutogenSource): readonly ControllerConstraints[] {
  const rule = onlyPodRule(spec.matchConstraints);
  if (rule === undefined || (rule.operations ?? []).length === 0) return [];
  const names = spec.autogen?.podControllers?.controllers ?? [...CONTROLLERS.keys()];
  const targets = [...new Set(names)].flatMap((name) => CONTROLLERS.get(name) ?? customTarget(name) ?? []);
  return VARIANTS.flatMap((name) => {
    const own = targets.filter(({ variant }) => variant === name);
    return own.length === 0 ? [] : [{ name, matchConstraints: constraintsOf(own, rule, spec.matchConstraints) }];
  });
}

type ResourceRule = NonNullable<PolicyMatchConstraints["resourceRules"]>[number];

/** The rule of a policy for Pods alone. */
function onlyPodRule(match: PolicyMatchConstraints | undefined): ResourceRule | undefined {
  const [rule, ...more] = match?.resourceRules ?? [];
  if (match === undefined || rule === undefined || more.length > 0) return undefined;
  const isNarrowed =
    !selectsAll(match.objectSelector) ||
    (match.excludeResourceRules ?? []).length > 0 ||
    (rule.resourceNames ?? []).length > 0;
  const isOnly = (list: readonly string[] | undefined, value: string): boolean =>
    list?.length === 1 && list[0] === value;
  const isForPods = isOnly(rule.apiGroups, "") && isOnly(rule.apiVersions, "v1") && isOnly(rule.resources, "pods");
  return isForPods && !isNarrowed ? rule : undefined;
}

/** `jobsets.v1alpha2.jobset.x-k8s.io`: a custom kind by its plural, version and group. */
function customTarget(name: string): Target | undefined {
  const [resource = "", version = "", ...rest] = name.split(".");
  const group = rest.join(".");
  if (resource === "" || version === "" || group === "") return undefined;
  return { resource, version, group, variant: "autogen-extract" };
}

function constraintsOf(
  targets: readonly Target[],
  { operations }: ResourceRule,
  match: PolicyMatchConstraints | undefined,
): PolicyMatchConstraints {
  const byVersion = Map.groupBy(targets, ({ group, version }) => `${group}/${version}`);
  const sorted = [...byVersion].toSorted(([one], [other]) => compareText(one, other));
  return {
    resourceRules: sorted.map(([, own]) => ({
      apiGroups: [...new Set(own.map(({ group }) => group))],
      apiVersions: [...new Set(own.map(({ version }) => version))],
      resources: own.map(({ resource }) => resource).toSorted(compareText),
      ...(operations === undefined ? {} : { operations }),
    })),
    ...(match?.namespaceSelector === undefined ? {} : { namespaceSelector: match.namespaceSelector }),
  };
}

/** Paths into a Pod; one that goes on with `namespace` stays, since templates of Pods have none. */
const POD_PATH = /((?:object|oldObject)\.)(spec|metadata)(?!\.namespace(?![A-Za-z0-9_]))/g;

function rewritePaths<S>(spec: S, variant: TemplateVariant): S {
  const path = POD_PATHS[variant].join(".");
  const rewrite = (text: string): string =>
    text.replaceAll(POD_PATH, (_, object, field) => `${object}${path}.${field}`);
  return mapTexts(spec as Value, rewrite) as S;
}

/** What {@link rewriteObjects} reads of a MutatingPolicy's spec. */
interface ObjectSource {
  readonly matchConditions?: readonly { readonly expression: string }[];
  readonly mutations?: readonly { readonly applyConfiguration?: { readonly expression?: string } }[];
}

/** Variables and JSON patches stay as they are, as in Kyverno. */
function rewriteObjects<S extends ObjectSource>(spec: S, variant: TemplateVariant): S {
  const path = POD_PATHS[variant];
  return {
    ...spec,
    ...(spec.matchConditions && {
      matchConditions: spec.matchConditions.map((condition) => ({
        ...condition,
        expression: rewriteObject(condition.expression, path),
      })),
    }),
    ...(spec.mutations && {
      mutations: spec.mutations.map((mutation) => {
        const { applyConfiguration } = mutation;
        const { expression = "" } = applyConfiguration ?? {};
        if (expression === "") return mutation;
        return {
          ...mutation,
          applyConfiguration: { ...applyConfiguration, expression: rewriteObject(expression, path) },
        };
      }),
    }),
  };
}

const MUTATED_PATH = /\b(object|oldObject|Object)\.(spec|metadata\.labels|metadata\.annotations)/g;

/** Paths and types lead into the template, and an `Object{…}` is put into the one that holds it. */
function rewriteObject(expression: string, path: readonly string[]): string {
  const rewritten = expression.replaceAll(MUTATED_PATH, (_, object, field) => [object, ...path, field].join("."));
  const root = /^Object[ \t\r\n]*\{/.exec(rewritten.trim());
  if (root === null) return rewritten;
  const content = rewritten.trim().slice(root[0].length);
  const end = closingBrace(content);
  if (end <= 0) return rewritten;
  const types = path.map((_, index) => ["Object", ...path.slice(0, index + 1)].join("."));
  const opening = path.map((field, index) => `${field}: ${types[index]}{`).join("");
  return `Object{${opening}${content.slice(0, end)}}${"}".repeat(path.length)}${content.slice(end + 1)}`;
}

/** Braces inside texts count too, as in Kyverno; -1 when none closes. */
function closingBrace(content: string): number {
  let open = 1;
  for (let index = 0; index < content.length; index++) {
    if (content[index] === "{") open++;
    else if (content[index] === "}" && --open === 0) return index;
  }
  return -1;
}
