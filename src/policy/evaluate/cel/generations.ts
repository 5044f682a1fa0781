import {
  AmapError,
  isValueObject,
  listOf,
  memberOf,
  textOf,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";
import type { CelPart, CelRun } from "../../compile/cel-plan.ts";
import type { GenerationTemplate } from "../../compile/generation-template.ts";
import type { CelEffect } from "../../language/cel/function.ts";
import type { CelProgram } from "../../language/cel/program.ts";
import { renderEach } from "../../language/variables/render-each.ts";
import { isClusterScoped } from "../../resource/built-in-kinds.ts";
import { evaluationError, rethrowAs } from "../../rules/evaluation-error.ts";
import { kindOf, resourceTypeOf } from "../input.ts";
import type { KyvernoEffect } from "../kyverno-response.ts";
import { auditAnnotations } from "./audit-annotations.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { failureReason } from "./failure-reason.ts";
import { type Rendering, renderTemplate } from "./generation-template.ts";

/** One entry of `spec.generate`: an expression that calls `generator.apply`, or the objects as a template. */
export type GenerationEntry =
  | { readonly kind: "expression"; readonly path: string; readonly program: CelProgram }
  | { readonly kind: "template"; readonly path: string; readonly template: GenerationTemplate };

/** What a generating policy makes, and what becomes of it. */
export interface GenerationPart extends CelPart {
  readonly entries: readonly GenerationEntry[];
  /** Whether later changes of what triggers it, of sources and of the policy are carried over. */
  readonly synchronize: boolean;
  /** Whether what it made stays when the policy is deleted. */
  readonly orphanDownstreamOnPolicyDelete: boolean;
  /** Whether objects that are already there when the policy comes trigger it. */
  readonly generateExisting: boolean;
  /** Whether requests of Kyverno's own background controller are left alone. */
  readonly skipBackgroundRequests: boolean;
  readonly useServerSideApply: boolean;
}

/** Objects that are to be made in a namespace; empty for those without one. */
interface Wanted {
  readonly namespace: string;
  readonly objects: readonly Value[];
}

/** An object that is made, and the one it is a copy of. */
interface Made {
  readonly object: Value;
  readonly source?: Value;
}

/**
 * What a generating policy makes for the object that triggers it: `pass`, whatever its expressions give, or an error as
 * Kyverno says it, and then nothing is made.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function runGenerations(part: Omit<GenerationPart, "run">, run: CelRun): CelOutcome {
  let made: readonly Made[];
  try {
    // Entries do not depend on each other: what they miss is asked for together.
    made = renderEach(part.entries, (entry) => makeObjects(entry, run)).flat();
  } catch (thrown) {
    const error = evaluationError(thrown);
    return run.failed(error, failureReason(error));
  }
  const annotations = auditAnnotations(run);
  if (!annotations.ok) return run.failed(annotations.error, annotations.message);
  return {
    status: "pass",
    message: "policy evaluated successfully",
    rule: run.plan.policy,
    properties: annotations.values,
    generated: made.map(({ object }) => object),
    effects: made.map((each) => effectOf(each, part, run)),
  };
}

function effectOf({ object, source }: Made, part: Omit<GenerationPart, "run">, { plan }: CelRun): KyvernoEffect {
  return {
    kind: "generate",
    policy: plan.policy,
    namespace: plan.namespace,
    rule: plan.policy,
    object,
    synchronize: part.synchronize,
    orphanDownstreamOnPolicyDelete: part.orphanDownstreamOnPolicyDelete,
    useServerSideApply: part.useServerSideApply,
    ...(source === undefined ? {} : { source }),
  };
}

function makeObjects(entry: GenerationEntry, run: CelRun): readonly Made[] {
  const wanted = entry.kind === "template" ? wantedByTemplate(entry, run) : wantedByExpression(entry, run);
  try {
    return wanted.flatMap(({ namespace, objects }) =>
      objects.flatMap(objectsOf).map((object) => {
        run.charge(1);
        const made = finish(object, namespace, run);
        run.note({ kind: "note", path: entry.path, message: `makes ${describe(made.object)}` });
        return made;
      }),
    );
  } catch (thrown) {
    throw rethrowAs("failed to generate resources", thrown);
  }
}

function wantedByExpression(
  { program, path }: Extract<GenerationEntry, { kind: "expression" }>,
  run: CelRun,
): readonly Wanted[] {
  const effects: CelEffect[] = [];
  run.evaluate(program, path, effects);
  return effects.map(wantedBy);
}

const wantedBy = ({ namespace, objects }: CelEffect): Wanted => ({ namespace, objects: objects as readonly Value[] });

/** Each document goes to the namespace that it names; those of one namespace are made together. */
function wantedByTemplate(
  { template }: Extract<GenerationEntry, { kind: "template" }>,
  run: CelRun,
): readonly Wanted[] {
  const own = run.plan.namespace;
  const byNamespace = new Map<string, Value[]>();
  // What placeholders and variables want themselves is made before.
  const effects: CelEffect[] = [];
  const rendering: Rendering = {
    evaluate: (program, path) => run.evaluate(program, path, effects),
    charge: (steps) => run.charge(steps),
  };
  for (const object of renderTemplate(template, rendering)) {
    const namespace = textOf(memberOf(object, "metadata"), "namespace") || own;
    if (own !== "" && namespace !== own) {
      const message = `cross-namespace generation denied: a policy in namespace "${own}" cannot generate resources into namespace "${namespace}"`;
      throw new AmapError("POLICY_INVALID", message);
    }
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), object]);
  }
  const made = [...byNamespace].map(([namespace, objects]) => ({ namespace, objects }));
  return [...effects.map(wantedBy), ...made];
}

/** A list stands for the objects in it: what `resource.list` gives is copied as a whole. */
function objectsOf(value: Value): readonly Value[] {
  return Array.isArray(memberOf(value, "items")) ? listOf(value, "items") : [value];
}

const IDENTITY: ReadonlySet<string> = new Set([
  "uid",
  "selfLink",
  "creationTimestamp",
  "managedFields",
  "resourceVersion",
]);

/** The object in its namespace, without what belonged to the one it is a copy of, with the labels Kyverno finds it by. */
function finish(object: Value, namespace: string, run: CelRun): Made {
  if (!isValueObject(object)) throw wrongObject("an object", object);
  const { group, kind } = kindOf(object);
  if (textOf(object, "apiVersion") === "" || kind === "") throw wrongObject("apiVersion and kind", object);
  const given = memberOf(object, "metadata") ?? null;
  if (given !== null && !isValueObject(given)) throw wrongObject("an object as its metadata", object);
  const metadata = given ?? {};
  const target = isClusterScoped(group, kind) ? "" : namespace;
  if (run.plan.namespace !== "" && target === "") {
    const what = `${textOf(object, "apiVersion")}/${kind}`;
    const message = `cross-scope generation denied: a policy scoped to namespace "${run.plan.namespace}" cannot generate cluster-scoped resource ${what}`;
    throw new AmapError("POLICY_INVALID", message);
  }
  const stated = textOf(metadata, "namespace");
  const isMoved = stated !== "" && stated !== target;
  const kept = Object.entries(metadata).filter(
    ([key]) => !IDENTITY.has(key) && key !== "namespace" && !(isMoved && key === "ownerReferences"),
  );
  const labels = { ...textLabels(metadata), ...triggerLabels(run), ...sourceLabels(metadata) };
  const made = {
    ...object,
    metadata: { ...Object.fromEntries(kept), ...(target === "" ? {} : { namespace: target }), labels },
  };
  return isStored(metadata) ? { object: made, source: object } : { object: made };
}

function wrongObject(expected: string, found: Value): AmapError {
  const name = textOf(memberOf(found, "metadata"), "name");
  const which = name === "" ? "an object that is generated" : `the generated object "${name.slice(0, 80)}"`;
  return new AmapError("VALUE_INVALID", `${which} needs ${expected}: check what the expression or template gives`);
}

/** Kyverno reads labels as texts: where one is none, all of them are lost. */
function textLabels(metadata: ValueObject): ValueObject {
  const labels = memberOf(metadata, "labels");
  return isValueObject(labels) && Object.values(labels).every((label) => typeof label === "string") ? labels : {};
}

/** Whether it came out of a cluster, and is copied. */
const isStored = (metadata: ValueObject): boolean => textOf(metadata, "resourceVersion") !== "";

function sourceLabels(metadata: ValueObject): ValueObject {
  return isStored(metadata) ? { "generate.kyverno.io/source-uid": textOf(metadata, "uid") } : {};
}

function triggerLabels({ plan, input }: CelRun): ValueObject {
  const { group, version, kind, name, namespace } = resourceTypeOf(input);
  return {
    "app.kubernetes.io/managed-by": "kyverno",
    "generate.kyverno.io/policy-name": plan.policy,
    "generate.kyverno.io/trigger-name": name,
    "generate.kyverno.io/trigger-namespace": namespace,
    "generate.kyverno.io/trigger-uid": textOf(memberOf(input.object, "metadata"), "uid"),
    "generate.kyverno.io/trigger-kind": kind,
    "generate.kyverno.io/trigger-group": group,
    "generate.kyverno.io/trigger-version": version,
  };
}

function describe(object: Value): string {
  const metadata = memberOf(object, "metadata");
  const names = [textOf(metadata, "namespace"), textOf(metadata, "name")].filter((name) => name !== "");
  return `${textOf(object, "kind")} ${names.join("/")}`;
}
