import {
  AmapError,
  equalValues,
  isAmapError,
  isValueObject,
  memberOf,
  textOf,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";
import type { MutationTargets } from "../../compile/cel-mutation-targets.ts";
import type { CelPart, CelRun } from "../../compile/cel-plan.ts";
import {
  customConfiguration,
  misplacedMessages,
  mutationValue,
} from "../../language/cel/kubernetes/mutation-values.ts";
import type { CelProgram } from "../../language/cel/program.ts";
import { isList, typeName } from "../../language/cel/values/kinds.ts";
import { type CelValue, Message } from "../../language/cel/values/value.ts";
import { writeGoJson } from "../../language/jmespath/go-json.ts";
import { type AdmissionOperation, applyAdmissionPatch } from "../../language/patch/admission-patch.ts";
import { decodingFailure } from "../../language/patch/go-decoding.ts";
import { convertToKubernetesType } from "../../language/patch/kubernetes-conversion.ts";
import { DEDUCED_MERGE_TYPE, type MergeType, mergeTypeOf } from "../../language/patch/merge-type.ts";
import type { Charge } from "../../language/patch/node.ts";
import { mergeStructured } from "../../language/patch/structured-merge.ts";
import { validateTyped } from "../../language/patch/typed-validation.ts";
import { findKubernetesKind } from "../../resource/kubernetes-kinds.ts";
import { findKubernetesSchema, type ResourceSchema } from "../../resource/resource-schema.ts";
import { evaluationError } from "../../rules/evaluation-error.ts";
import { auditAnnotations } from "./audit-annotations.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { expressionFailure, failureReason } from "./failure-reason.ts";

/** One change, compiled. */
export interface CelMutation {
  readonly patchType: "ApplyConfiguration" | "JSONPatch";
  /** `spec.mutations[0].jsonPatch.expression` */
  readonly path: string;
  readonly program: CelProgram;
}

/** What a mutating policy does with an object. */
export interface MutationPart extends CelPart {
  /** In order: each sees the object as those before it left it. */
  readonly mutations: readonly CelMutation[];
  /** Whether an apply configuration may replace atomic lists and objects: Kyverno's useServerSideApply. */
  readonly allowsAtomic: boolean;
  /** Existing objects that are changed instead of the one that was sent; undefined when the policy names none. */
  readonly targets: MutationTargets | undefined;
}

/** A part without what runs it. */
export type Mutations = Omit<MutationPart, "run">;

/** What all mutations together made of an object. */
export type Mutated =
  | { readonly ok: true; readonly object: Value; readonly outcome: CelOutcome }
  | { readonly ok: false; readonly object?: Value; readonly outcome: CelOutcome };

/**
 * Applies the mutations in order. In Kyverno the first that fails ends it. The API server goes on with those behind it,
 * and what came out counts under failurePolicy Ignore; where a variable or a patch makes no object at all, it refuses the
 * request.
 */
export function mutate(part: Mutations, start: CelRun, before: Value): Mutated {
  const isKyverno = start.plan.rules === "kyverno";
  let run = start;
  let object = before;
  let failure: CelOutcome | undefined;
  for (const mutation of part.mutations) {
    // The API server calls no mutation without an object, and there is nothing to change.
    if (!isValueObject(object) && !isKyverno) break;
    let changed: ValueObject;
    try {
      if (!isValueObject(object)) {
        changeNothing(mutation, run);
        continue;
      }
      changed = applyMutation(mutation, part, run, object);
    } catch (thrown) {
      const error = evaluationError(thrown);
      failure ??= run.failed(error, failureReason(error));
      if (isKyverno || start.plan.failurePolicy === "Fail") return { ok: false, outcome: failure };
      continue;
    }
    if (changed === object) continue;
    object = changed;
    run = start.withValues({ object }, { isFresh: !isKyverno });
  }
  if (failure !== undefined) return { ok: false, object, outcome: failure };
  if (!isKyverno) return { ok: true, object, outcome: { status: "pass", message: "mutation is successfully applied" } };
  const annotations = auditAnnotations(run);
  if (!annotations.ok) return { ok: false, outcome: run.failed(annotations.error, annotations.message) };
  return { ok: true, object, outcome: { status: "pass", message: "success", properties: annotations.values } };
}

function applyMutation(mutation: CelMutation, part: Mutations, run: CelRun, object: ValueObject): ValueObject {
  const value = evaluate(mutation, run);
  const changed =
    mutation.patchType === "JSONPatch" ? patch(value, run, object) : merge(value, part.allowsAtomic, run, object);
  if (run.plan.rules === "kyverno" || changed === object) return changed;
  const converted = convertToKubernetesType(changed, chargeOf(run));
  if (converted.status === "error") throw failed(converted.message);
  return converted.object;
}

/**
 * What is deleted is to Kyverno an object without members, of no kind: what would change it fails, and under failurePolicy
 * Fail a cluster denies the deletion.
 */
function changeNothing(mutation: CelMutation, run: CelRun): void {
  const value = evaluate(mutation, run);
  if (mutation.patchType === "ApplyConfiguration") {
    throw failed(
      "error applying patch: failed to convert patch object to typed object: no corresponding type for /, Kind=",
    );
  }
  const outcome = applyAdmissionPatch({}, readOperations(value, run), chargeOf(run));
  if (outcome.status === "error") throw failed(`JSON Patch: ${outcome.message}`);
  if (outcome.status === "unmet" || equalValues(outcome.object, {})) return;
  throw failed(
    "JSON Patch: the object is deleted, so there is nothing to change: ask request.operation in a condition",
  );
}

function evaluate({ program, path }: CelMutation, run: CelRun): CelValue {
  try {
    return run.evaluate(program, path);
  } catch (thrown) {
    const error = evaluationError(thrown);
    if (run.plan.rules === "kyverno") throw error;
    throw new AmapError(error.code, expressionFailure(program, error), { cause: error });
  }
}

/** A step of a walk through an object takes about as long as this many of an expression (measured). */
const STEPS_OF_WALK = 5;

const chargeOf =
  (run: CelRun): Charge =>
  (steps) =>
    run.charge(steps * STEPS_OF_WALK);

function failed(message: string): AmapError {
  return new AmapError("EXPRESSION_FAILED", message);
}

/** @throws {AmapError} EXPRESSION_FAILED in the API server's words */
function merge(value: CelValue, allowsAtomic: boolean, run: CelRun, object: ValueObject): ValueObject {
  if (!(value instanceof Message)) {
    throw failed(`unsupported return type from ApplyConfiguration expression: ${typeName(value)}`);
  }
  checkPlaces(value, run);
  const isBuiltIn = builtInSchema(object) !== undefined;
  if (isBuiltIn && run.plan.rules === "kubernetes") checkMergeable(object);
  const type = typeOf(object, run);
  const configuration = convert("error applying patch: invalid ApplyConfiguration: ", () =>
    isBuiltIn ? mutationValue(value, "merge", run) : customConfiguration(value, run),
  );
  const charge = chargeOf(run);
  const outcome = mergeStructured(object, configuration as ValueObject, { type, charge, allowsAtomic });
  if (outcome.status === "error") throw failed(outcome.message);
  return outcome.object;
}

function checkPlaces(message: Message, run: CelRun): void {
  const misplaced = misplacedMessages(message, run);
  if (misplaced.length > 0) throw failed(`type mismatch: ${misplaced.join("\n")}`);
}

function builtInSchema(object: ValueObject): ResourceSchema | undefined {
  return findKubernetesSchema(textOf(object, "apiVersion"), textOf(object, "kind"));
}

/** Kinds of subresources alone (`autoscaling/v1` Scale) are not in the OpenAPI document that the API server goes by. */
function checkMergeable(object: ValueObject): void {
  const [apiVersion, kind] = [textOf(object, "apiVersion"), textOf(object, "kind")];
  if (findKubernetesKind(apiVersion, kind) !== undefined) return;
  const found = `${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`;
  const prefix = "error applying patch: failed to convert patch object to typed object";
  throw failed(`${prefix}: no corresponding type for ${found}`);
}

/** How objects of the kind are merged; of kinds that nothing is known of, what they hold tells. */
function typeOf(object: ValueObject, { schemaOf }: Pick<CelRun, "schemaOf">): MergeType {
  const schema = builtInSchema(object) ?? schemaOf(textOf(object, "apiVersion"), textOf(object, "kind"));
  return schema === undefined ? DEDUCED_MERGE_TYPE : mergeTypeOf(schema);
}

/** @throws {AmapError} EXPRESSION_FAILED in the API server's words */
function patch(value: CelValue, run: CelRun, object: ValueObject): ValueObject {
  const outcome = applyAdmissionPatch(object, readOperations(value, run), chargeOf(run));
  if (outcome.status === "unmet") return object;
  if (outcome.status === "error") throw failed(`JSON Patch: ${outcome.message}`);
  return readObject(outcome.object, object, run);
}

function readOperations(value: CelValue, run: CelRun): readonly AdmissionOperation[] {
  if (!isList(value)) throw failed("type mismatch: JSONPatchType.expression should evaluate to array");
  return value.map((operation) => readOperation(operation, run));
}

function readOperation(value: CelValue, run: CelRun): AdmissionOperation {
  if (!(value instanceof Message) || value.typeName !== "JSONPatch") {
    const found = `got element of ${typeName(value)}`;
    throw failed(`type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch, ${found}`);
  }
  const added = value.value.get("value");
  if (added instanceof Message) checkPlaces(added, run);
  return {
    op: value.get("op") as string,
    path: value.get("path") as string,
    from: value.get("from") as string,
    value:
      added === undefined
        ? undefined
        : convert("JSONPath valueExpression evaluated to a type that could not marshal to JSON: ", () =>
            mutationValue(added, "patch", run),
          ),
  };
}

/** Most of a message that people read. */
const SHOWN_LENGTH = 2_048;

/** A patch may have made anything; the API server reads it as an object, of its own kinds without unknown fields. */
function readObject(patched: Value, before: ValueObject, run: CelRun): ValueObject {
  for (const key of ["apiVersion", "kind"]) {
    const value = memberOf(patched, key) ?? "";
    if (typeof value !== "string") {
      const found = `cannot unmarshal ${jsonTypeOf(value)} into Go struct field .${key} of type string`;
      throw failed(`Internal error occurred: couldn't get version/kind; json parse error: json: ${found}`);
    }
  }
  if (!isValueObject(patched) || textOf(patched, "kind") === "") {
    const text = writeGoJson(patched, run.charge.bind(run)).slice(0, SHOWN_LENGTH);
    throw failed(`Internal error occurred: Object 'Kind' is missing in '${text}'`);
  }
  if (run.plan.rules === "kyverno" || patched === before) return patched;
  const failure = decodingFailure(patched, before, chargeOf(run));
  if (failure !== undefined) throw failed(`Internal error occurred: ${failure}`);
  const unknown = unknownFields(patched, run);
  const known = new Set(unknown.length === 0 ? [] : unknownFields(before, run));
  const added = unknown.filter((path) => !known.has(path));
  if (added.length === 0) return patched;
  const fields = added.map((path) => `unknown field "${path.replace(/^\./, "")}"`);
  throw failed(`Internal error occurred: strict decoding error: ${fields.join(", ")}`);
}

function jsonTypeOf(value: Value): string {
  if (Array.isArray(value)) return "array";
  if (isValueObject(value)) return "object";
  return typeof value === "boolean" ? "bool" : "number";
}

/** Of custom kinds the API server prunes unknown fields later. */
const BUILT_IN_ONLY: Pick<CelRun, "schemaOf"> = { schemaOf: () => undefined };

function unknownFields(object: ValueObject, run: CelRun): readonly string[] {
  const issues = validateTyped(object, typeOf(object, BUILT_IN_ONLY), {
    allowsDuplicates: true,
    charge: chargeOf(run),
  });
  return issues.filter(({ message }) => message === "field not declared in schema").map(({ path }) => path);
}

function convert<T>(prefix: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (isAmapError(error, "EXPRESSION_FAILED")) throw failed(`${prefix}${error.message}`);
    throw error;
  }
}
