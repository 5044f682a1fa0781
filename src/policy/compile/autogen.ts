import { isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import { carryOver, namesPods, rewriteForTemplate } from "./autogen-rule.ts";

/** A policy's rules with those that are generated for the controllers of pods. */
export interface AutogenRules<Rule extends ValueObject> {
  /** Every rule: those of the policy, then the generated ones in the policy's order. */
  readonly all: readonly Rule[];
  /** The kinds for which `forKind` has generated rules, too. */
  readonly controllers: readonly string[];
  /**
   * The rules that Kyverno validates objects of one kind with: for a controller the policy's own and the generated ones
   * for it, for every other kind the policy's own alone. A rule that says the same as one of `all` for these objects is that very object.
   */
  forKind(kind: string): readonly Rule[];
}

const ANNOTATION = "pod-policies.kyverno.io/autogen-controllers";
const NONE = "none";
const CRON_JOB = "CronJob";
const GENERATED = "autogen-";
/** Bytes of UTF-8 that a generated name may have. */
const NAME_BYTES = 63;

/** What `kinds` of a generated rule say of a controller. */
const CONTROLLER_KINDS: ReadonlyMap<string, string> = new Map([
  ["DaemonSet", "apps/v1/DaemonSet"],
  ["Deployment", "apps/v1/Deployment"],
  ["Job", "batch/v1/Job"],
  ["ReplicaSet", "apps/v1/ReplicaSet"],
  ["ReplicationController", "v1/ReplicationController"],
  ["StatefulSet", "apps/v1/StatefulSet"],
  [CRON_JOB, "batch/v1/CronJob"],
]);
const TEMPLATE_CONTROLLERS = [...CONTROLLER_KINDS.keys()].filter((kind) => kind !== CRON_JOB);

/**
 * A policy's rules with those that Kyverno generates from rules over pods: for the controllers with a pod template, and for
 * CronJobs. `rules` are `spec.rules` as written, `annotations` the policy's. None is generated when some rule mutates
 * by JSON Patch, generates, or asks for names, labels, annotations or further kinds beside Pod, when the annotation
 * `pod-policies.kyverno.io/autogen-controllers` says `none`, or for what it does not list.
 *
 * @example
 * ```ts
 * import { autogenRules } from "../index.ts";
 * const validate = { pattern: { spec: { hostNetwork: false } } };
 * const rule = { name: "host", match: { any: [{ resources: { kinds: ["Pod"] } }] }, validate };
 * autogenRules([rule], undefined).all.length; // 3: host, autogen-host, autogen-cronjob-host
 * ```
 */
export function autogenRules<Rule extends ValueObject>(
  rules: readonly Rule[],
  annotations: Readonly<Record<string, string>> | undefined,
): AutogenRules<Rule> {
  const controllers = chosenControllers(rules, annotations);
  if (controllers === undefined) return { all: rules, controllers: [], forKind: () => rules };
  const made = generateRules(rules, [...controllers].toSorted());
  const byKind = new Map<string, readonly Rule[]>();
  for (const kind of controllers) {
    if (kind === NONE) continue;
    const generated = CONTROLLER_KINDS.has(kind)
      ? made.filter(({ isForCronJobs }) => isForCronJobs === (kind === CRON_JOB))
      : generateRules(rules, [kind]);
    byKind.set(kind, joinRules(rules, generated));
  }
  return { all: joinRules(rules, made), controllers: [...byKind.keys()], forKind: (kind) => byKind.get(kind) ?? rules };
}

/** The controllers of the annotation, or all of them; undefined when nothing is generated at all. */
function chosenControllers(
  rules: readonly ValueObject[],
  annotations: Readonly<Record<string, string>> | undefined,
): ReadonlySet<string> | undefined {
  if (!canGenerate(rules)) return undefined;
  const isStated = annotations !== undefined && Object.hasOwn(annotations, ANNOTATION);
  const stated = isStated ? annotations[ANNOTATION] : undefined;
  const chosen = stated === undefined ? new Set(CONTROLLER_KINDS.keys()) : new Set(stated.split(","));
  return chosen.size === 1 && chosen.has(NONE) ? undefined : chosen;
}

/** The policy's rules and generated ones. Users' rules whose names begin as generated ones do make room for them. */
function joinRules<Rule extends ValueObject>(
  rules: readonly Rule[],
  generated: readonly GeneratedRule[],
): readonly Rule[] {
  if (generated.length === 0) return rules;
  // A generated rule has fields of the rule it was made from, and no other.
  const added = generated.map(({ rule }) => rule as Rule);
  return [...rules.filter((rule) => !textOf(rule, "name").startsWith(GENERATED)), ...added];
}

/** Whether rules are generated: one rule that cannot be carried over keeps all of them from it. */
function canGenerate(rules: readonly ValueObject[]): boolean {
  let concernsPods = false;
  for (const rule of rules) {
    if (isFilled(memberOf(rule, "generate")) || mutatesByJsonPatch(memberOf(rule, "mutate"))) return false;
    for (const filter of [...filtersOf(memberOf(rule, "match")), ...filtersOf(memberOf(rule, "exclude"))]) {
      if (isParticular(filter)) return false;
      concernsPods ||= kindsOf(filter).some((kind) => kind === "Pod" || CONTROLLER_KINDS.has(kind as string));
    }
  }
  return concernsPods;
}

function isFilled(value: Value | undefined): boolean {
  return isValueObject(value) && Object.keys(value).length > 0;
}

function mutatesByJsonPatch(mutate: Value | undefined): boolean {
  if (textOf(mutate, "patchesJson6902") !== "") return true;
  return listOf(mutate, "foreach").some((step) => textOf(step, "patchesJson6902") !== "");
}

/** A block as a filter, and the filters in it. */
function filtersOf(block: Value | undefined): readonly Value[] {
  return isValueObject(block) ? [block, ...listOf(block, "any"), ...listOf(block, "all")] : [];
}

function kindsOf(filter: Value): readonly Value[] {
  return listOf(memberOf(filter, "resources"), "kinds");
}

/** Whether a filter says something of pods that need not hold for their controllers. */
function isParticular(filter: Value): boolean {
  const resources = memberOf(filter, "resources");
  return (
    textOf(resources, "name") !== "" ||
    listOf(resources, "names").length > 0 ||
    isValueObject(memberOf(resources, "selector")) ||
    isValueObject(memberOf(resources, "annotations")) ||
    (kindsOf(filter).length > 1 && namesPods(filter))
  );
}

interface GeneratedRule {
  readonly rule: ValueObject;
  readonly isForCronJobs: boolean;
}

/** `controllers` in order. As in Kyverno, `all` and `CronJob` count as parts of names, too. */
function generateRules(rules: readonly ValueObject[], controllers: readonly string[]): readonly GeneratedRule[] {
  const others = controllers.filter((kind) => kind !== CRON_JOB);
  const hasOthers = others.join(",") !== "";
  const hasCronJobs = controllers.some((kind) => kind.includes(CRON_JOB) || kind.includes("all"));
  return rules.flatMap((rule) => {
    const forTemplates = hasOthers ? generateForTemplates(rule, others) : undefined;
    const forCronJobs = hasCronJobs ? generateForCronJobs(rule, controllers) : undefined;
    return [
      ...(forTemplates ? [{ rule: rewriteForTemplate(forTemplates, "template"), isForCronJobs: false }] : []),
      ...(forCronJobs ? [{ rule: rewriteForTemplate(forCronJobs, "jobTemplate"), isForCronJobs: true }] : []),
    ];
  });
}

function generateForTemplates(rule: ValueObject, controllers: readonly string[]): ValueObject | undefined {
  const name = textOf(rule, "name");
  if (name.startsWith(GENERATED)) return undefined;
  const isAboutPods = filtersOf(memberOf(rule, "match")).some(namesPods);
  const excluding = filtersOf(memberOf(rule, "exclude")).filter((filter) => kindsOf(filter).length > 0);
  if (!isAboutPods || (excluding.length > 0 && !excluding.some(namesPods))) return undefined;
  return carryOver(rule, {
    name: generatedName("autogen", name),
    place: "template",
    kinds: templateKinds(controllers),
    concerns: namesPods,
  });
}

/** The rule for templates once more below `jobTemplate`. As in Kyverno, every filter gets the kind, whatever it was about. */
function generateForCronJobs(rule: ValueObject, controllers: readonly string[]): ValueObject | undefined {
  const forTemplates = generateForTemplates(rule, controllers);
  if (forTemplates === undefined) return undefined;
  return carryOver(forTemplates, {
    name: generatedName("autogen-cronjob", textOf(rule, "name")),
    place: "jobTemplate",
    kinds: [CONTROLLER_KINDS.get(CRON_JOB) as string],
    concerns: () => true,
  });
}

/** The listed controllers that Kyverno knows, all of them for `all`, else what is listed. */
function templateKinds(controllers: readonly string[]): readonly string[] {
  const known = controllers.filter((kind) => TEMPLATE_CONTROLLERS.includes(kind));
  const isAll = controllers.length === 1 && controllers[0] === "all";
  const kinds = known.length > 0 ? known : controllers;
  return (isAll ? TEMPLATE_CONTROLLERS : kinds).map((kind) => CONTROLLER_KINDS.get(kind) ?? kind);
}

/** The name, cut to what Kyverno stores: bytes, so that a cut character becomes replacement characters. */
function generatedName(prefix: string, name: string): string {
  let bytes = 0;
  let kept = "";
  for (const character of `${prefix}-${name}`) {
    const size = utf8Size(character.codePointAt(0) as number);
    if (bytes + size > NAME_BYTES) return kept + "\ufffd".repeat(NAME_BYTES - bytes);
    bytes += size;
    kept += character;
  }
  return kept;
}

function utf8Size(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
