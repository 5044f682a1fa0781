import { AmapError, isValueObject, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import type { CompiledEntries } from "../evaluate/context-entries.ts";
import { kindOf } from "../evaluate/input.ts";
import type { KyvernoEffect } from "../evaluate/kyverno-response.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import type { JmesProgram } from "../language/jmespath/program.ts";
import type { Template } from "../language/variables/template.ts";
import type { ForEachGeneration, Generation } from "../resource/kyverno/rule-actions.ts";
import { type CompiledConditions, compileConditions } from "./conditions.ts";
import { ELEMENT_STEPS, elementsOf, withElement } from "./elements.ts";
import { rethrowAs } from "./evaluation-error.ts";
import type { RuleCompiler } from "./rule-compiler.ts";
import type { RuleRun } from "./rule-run.ts";

/** What a generate rule makes: objects it states or copies, once or for each element of lists. */
export interface ObjectGeneration {
  readonly synchronize: boolean;
  readonly orphanDownstreamOnPolicyDelete: boolean;
  readonly pattern: Template | undefined;
  readonly loops: readonly GenerationLoop[];
}

interface GenerationLoop {
  readonly path: string;
  readonly list: JmesProgram;
  readonly entries: CompiledEntries;
  readonly preconditions: CompiledConditions | undefined;
  readonly pattern: Template;
}

/** An object that is made, and the one it is a copy of. */
interface Made {
  readonly object: Value;
  readonly source?: Value;
}

const PATTERN_FIELDS = ["apiVersion", "kind", "namespace", "name", "uid", "data", "clone", "cloneList"] as const;

export function compileGeneration(source: Generation, path: string, compiler: RuleCompiler): ObjectGeneration {
  const { foreach = [] } = source;
  return {
    synchronize: source.synchronize ?? false,
    orphanDownstreamOnPolicyDelete: source.orphanDownstreamOnPolicyDelete ?? false,
    pattern: foreach.length > 0 ? undefined : compilePattern(source, path, compiler),
    loops: foreach.map((loop, index) => {
      const at = `${path}.foreach[${index}]`;
      return {
        path: at,
        list: compiler.query(loop.list ?? "", `${at}.list`),
        entries: compiler.entries(loop.context, `${at}.context`),
        preconditions:
          loop.preconditions === undefined
            ? undefined
            : compileConditions(loop.preconditions, `${at}.preconditions`, compiler),
        pattern: compilePattern(loop, at, compiler),
      };
    }),
  };
}

function compilePattern(source: Generation | ForEachGeneration, path: string, compiler: RuleCompiler): Template {
  const fields = source as unknown as ValueObject;
  const kept = PATTERN_FIELDS.flatMap((name) => {
    const value = memberOf(fields, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return compiler.template(Object.fromEntries(kept), path);
}

/**
 * The objects that the rule makes for the object that triggers it.
 * @throws MISSING_FACT, {AmapError} when a variable fails or an object to copy is not there
 */
export function generateObjects(rule: ObjectGeneration, run: RuleRun): readonly Made[] {
  if (rule.pattern !== undefined) return makeObjects(rule.pattern, run, run.context);
  const { memory, budget } = run;
  const loops = { count: rule.loops.length, first: [] as readonly Made[] };
  return memory.fold("loops", budget, loops, (made, index) => {
    const loop = rule.loops[index];
    if (loop === undefined) throw new AmapError("BUG", "a loop ran beyond its end");
    return { result: [...made, ...generateElements(loop, run, `${index}.`)], isFinal: false };
  });
}

function generateElements(loop: GenerationLoop, run: RuleRun, path: string): readonly Made[] {
  let elements: readonly Value[];
  try {
    elements = elementsOf(loop.list, run.context, `${loop.path}.list`);
  } catch (thrown) {
    throw rethrowAs("failed to evaluate foreach list", thrown);
  }
  const first: readonly Made[] = [];
  return run.memory.fold(`${path}elements`, run.budget, { count: elements.length, first }, (made, index) => {
    run.budget.charge(ELEMENT_STEPS + made.length);
    const element = elements[index] ?? null;
    if (element === null) return { result: made, isFinal: false };
    run.note?.({ kind: "element", path: loop.path, index, element });
    const context = run.load(loop.entries, withElement(run.context, element, index, 0));
    if (loop.preconditions?.evaluate(run, context).holds === false) return { result: made, isFinal: false };
    return { result: [...made, ...makeObjects(loop.pattern, run, context)], isFinal: false };
  });
}

/** Names of an object in a rule. */
interface Target {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function makeObjects(template: Template, run: RuleRun, context: RuleContext): readonly Made[] {
  const pattern = template.render(context);
  const clone = memberOf(pattern, "clone");
  const cloneList = memberOf(pattern, "cloneList");
  const target: Target = {
    apiVersion: textOf(pattern, "apiVersion"),
    kind: textOf(pattern, "kind"),
    namespace: textOf(pattern, "namespace"),
    name: textOf(pattern, "name"),
  };
  checkNamespace(target.namespace, "make objects", run);
  if (textOf(clone, "name") !== "") {
    const source = { ...target, namespace: textOf(clone, "namespace"), name: textOf(clone, "name") };
    return copyObject(source, target, run);
  }
  if (isValueObject(cloneList)) return copyObjects(cloneList, target, run);
  const data = memberOf(pattern, "data");
  if (data === undefined || data === null) return [];
  if (!isValueObject(data)) throw new AmapError("VALUE_INVALID", "data is not an object");
  return [{ object: finish(data, target, run) }];
}

/** A Policy makes and reads nothing outside its namespace, and nothing outside all namespaces. */
function checkNamespace(namespace: string, doing: string, { policyNamespace }: RuleRun): void {
  if (policyNamespace === "" || namespace === policyNamespace) return;
  const where = namespace === "" ? "outside namespaces" : `in namespace ${namespace}`;
  const message = `a Policy of namespace ${policyNamespace} may not ${doing} ${where}`;
  throw new AmapError("POLICY_INVALID", message);
}

function copyObject(source: Target, target: Target, run: RuleRun): readonly Made[] {
  if (source.namespace === target.namespace && source.name === target.name) return [];
  checkNamespace(source.namespace, "read objects", run);
  const { apiVersion, kind, namespace, name } = source;
  const found = run.facts.fact("objectOfKind", { apiVersion, kind, namespace, name });
  if (!isValueObject(found)) {
    const where = [kind, source.namespace, source.name].filter((part) => part !== "").join("/");
    throw new AmapError("FACT_FAILED", `source resource ${where} not found`);
  }
  return [copyOf(found, target, run)];
}

function copyOf(source: ValueObject, target: Target, run: RuleRun): Made {
  return { object: finish(withoutIdentity(source, target), target, run, sourceLabels(source)), source };
}

function copyObjects(cloneList: ValueObject, target: Target, run: RuleRun): readonly Made[] {
  const namespace = textOf(cloneList, "namespace");
  checkNamespace(namespace, "read objects", run);
  const kinds = memberOf(cloneList, "kinds");
  const made: Made[] = [];
  for (const entry of Array.isArray(kinds) ? kinds : []) {
    if (typeof entry !== "string") continue;
    const slash = entry.lastIndexOf("/");
    const params = {
      apiVersion: slash < 0 ? "" : entry.slice(0, slash),
      kind: entry.slice(slash + 1),
      subresource: "",
      namespace,
      name: "",
      selector: memberOf(cloneList, "selector") ?? {},
    };
    const found = run.facts.fact("objectsOfKind", params);
    for (const item of Array.isArray(found) ? found : []) {
      const source = memberOf(item as Value, "object");
      if (!isValueObject(source)) continue;
      const metadata = memberOf(source, "metadata");
      if (textOf(metadata, "namespace") === target.namespace) continue;
      const each = { ...target, apiVersion: textOf(source, "apiVersion"), kind: textOf(source, "kind") };
      made.push(copyOf(source, { ...each, name: textOf(metadata, "name") }, run));
    }
  }
  return made;
}

const IDENTITY: ReadonlySet<string> = new Set([
  "uid",
  "selfLink",
  "creationTimestamp",
  "managedFields",
  "resourceVersion",
]);

/** A source without what belongs to it alone. */
function withoutIdentity(source: ValueObject, target: Target): ValueObject {
  const metadata = memberOf(source, "metadata");
  if (!isValueObject(metadata)) return source;
  const isMoved = textOf(metadata, "namespace") !== target.namespace;
  const kept = Object.entries(metadata).filter(
    ([key]) => !IDENTITY.has(key) && !(isMoved && key === "ownerReferences"),
  );
  return { ...source, metadata: Object.fromEntries(kept) };
}

function sourceLabels(source: ValueObject): ValueObject {
  const { group, version, kind } = kindOf(source);
  const metadata = memberOf(source, "metadata");
  return {
    "generate.kyverno.io/source-group": group,
    "generate.kyverno.io/source-version": version,
    "generate.kyverno.io/source-kind": kind,
    "generate.kyverno.io/source-namespace": textOf(metadata, "namespace"),
    "generate.kyverno.io/source-uid": textOf(metadata, "uid"),
  };
}

/** The object under its own names, with the labels by which Kyverno finds it again. */
function finish(data: ValueObject, target: Target, run: RuleRun, labels: ValueObject = {}): Value {
  const given = memberOf(data, "metadata");
  const metadata: ValueObject = isValueObject(given) ? given : {};
  const own = memberOf(metadata, "labels");
  // Kyverno reads labels as texts: where one is none, all of them are lost.
  const isTexts = isValueObject(own) && Object.values(own).every((label) => typeof label === "string");
  const { namespace: _, ...rest } = metadata;
  const kind = textOf(data, "kind") || target.kind;
  return {
    ...data,
    apiVersion: target.apiVersion,
    kind,
    metadata: {
      ...rest,
      ...(target.namespace === "" ? {} : { namespace: target.namespace }),
      name: target.name,
      labels: { ...(isTexts ? own : {}), ...labels, ...triggerLabels(run) },
    },
  };
}

function triggerLabels(run: RuleRun): ValueObject {
  const { group, version, kind } = kindOf(run.object);
  const metadata = memberOf(run.object, "metadata");
  return {
    "app.kubernetes.io/managed-by": "kyverno",
    "generate.kyverno.io/policy-name": run.policy,
    "generate.kyverno.io/policy-namespace": run.policyNamespace,
    "generate.kyverno.io/rule-name": run.rule,
    "generate.kyverno.io/trigger-version": version,
    "generate.kyverno.io/trigger-group": group,
    "generate.kyverno.io/trigger-kind": kind,
    "generate.kyverno.io/trigger-namespace": textOf(metadata, "namespace"),
    "generate.kyverno.io/trigger-uid": textOf(metadata, "uid"),
  };
}

/** What is to be done for the objects that were made. */
export function generateEffects(
  rule: ObjectGeneration,
  run: RuleRun,
  made: readonly Made[],
  useServerSideApply: boolean,
): readonly KyvernoEffect[] {
  return made.map(({ object, source }) => ({
    kind: "generate",
    policy: run.policy,
    namespace: run.policyNamespace,
    rule: run.rule,
    object,
    synchronize: rule.synchronize,
    orphanDownstreamOnPolicyDelete: rule.orphanDownstreamOnPolicyDelete,
    useServerSideApply,
    ...(source === undefined ? {} : { source }),
  }));
}
