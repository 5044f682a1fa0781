/** The rows of admission-expressions.table.ts as amap compiles and evaluates them. */
import { AmapError, canonicalJson, memberOf, type Value } from "../../src/base/index.ts";
import {
  ADMISSION_STEPS,
  authorizerValue,
  type CelEnvironment,
  CelError,
  type CelProgram,
  type CelType,
  type CelValue,
  celTypes,
  compileAdmissionExpression,
  createAdmissionEnvironment,
  type Fact,
  type FactKind,
  type FactReader,
  type FactRequest,
  MISSING_FACT,
  requestResourceValue,
} from "../../src/policy/index.ts";
import type { ExpressionRow } from "./admission-expressions.table.ts";
import { USER } from "./admission-expressions-objects.ts";
import type { AdmissionInput, Refusal, Verdict } from "./admission-expressions-server.ts";
import { textAt, valueAt } from "./values.ts";

/** Kubernetes' limit of one evaluated message. */
const MESSAGE_BYTES = 5 * 1024;

interface Expression {
  readonly program: CelProgram;
  readonly environment: CelEnvironment;
}

/** A row's policy, compiled. */
interface Policy {
  readonly row: ExpressionRow;
  readonly conditions: readonly Expression[];
  readonly variables: ReadonlyMap<string, Expression>;
  readonly validation: Expression;
  readonly message: Expression | undefined;
  readonly note: Expression | undefined;
}

function placeOf({ details }: AmapError): { readonly position?: string } {
  const { line, column } = details ?? {};
  return typeof line === "number" && typeof column === "number" ? { position: `${line}:${column}` } : {};
}

/** The row's policy, or why it is refused: all of its fields are looked at. */
export function compileRow(row: ExpressionRow): Policy | readonly Refusal[] {
  const refusals: Refusal[] = [];
  const hasParams = row.params !== undefined;
  const types: Record<string, CelType> = {};
  const compile = (
    source: string,
    result: "bool" | "string" | "string or null" | "anything",
    field: string,
    environment: CelEnvironment,
  ): Expression | undefined => {
    try {
      return { program: compileAdmissionExpression(source, result, environment), environment };
    } catch (error) {
      if (!(error instanceof AmapError) || error.code === "BUG") throw error;
      refusals.push({ field, ...placeOf(error), text: error.message });
      return undefined;
    }
  };
  const stateless = createAdmissionEnvironment({ hasParams });
  const conditions = (row.matchConditions ?? []).map((source, index) =>
    compile(source.trim(), "bool", `spec.matchConditions[${index}].expression`, stateless),
  );
  const variables = new Map<string, Expression | undefined>();
  Object.entries(row.variables ?? {}).forEach(([name, source], index) => {
    const environment = createAdmissionEnvironment({ hasParams, variables: types });
    const variable = compile(source, "anything", `spec.variables[${index}].expression`, environment);
    variables.set(name, variable);
    // As in Kubernetes, those that follow may still name it.
    types[name] = variable?.program.type ?? celTypes.dyn;
  });
  const environment = createAdmissionEnvironment({ hasParams, variables: types });
  const silent = createAdmissionEnvironment({ hasParams, variables: types, hasAuthorizer: false });
  const optional = (
    source: string | undefined,
    ...rest: readonly ["string" | "string or null", string, CelEnvironment]
  ): Expression | undefined => (source === undefined ? undefined : compile(source, ...rest));
  const validation = compile(row.expression, "bool", "spec.validations[0].expression", environment);
  const message = optional(row.messageExpression, "string", "spec.validations[0].messageExpression", silent);
  const note = optional(row.auditAnnotation, "string or null", "spec.auditAnnotations[0].valueExpression", environment);
  if (refusals.length > 0 || validation === undefined) return refusals;
  return {
    row,
    conditions: conditions.filter((each) => each !== undefined),
    variables: new Map([...variables].flatMap(([name, each]) => (each === undefined ? [] : [[name, each] as const]))),
    validation,
    message,
    note,
  };
}

/** Facts that are there, and those that are asked for. */
class Facts implements FactReader {
  readonly known = new Map<string, Fact>();
  pending = new Map<string, FactRequest>();
  misses = 0;

  fact(kind: FactKind, params: Value): Value {
    const key = `${kind}:${canonicalJson(params)}`;
    const fact = this.known.get(key);
    if (fact?.ok === true) return fact.value;
    if (fact !== undefined) throw new AmapError(fact.code, fact.message);
    this.pending.set(key, { key, kind, params });
    this.misses++;
    throw MISSING_FACT;
  }
}

/** What the policy's expressions see, apart from variables. */
interface World extends AdmissionInput {
  readonly params: Value;
}

/** amap's verdict on an object, after Kubernetes' rules for policies; `review` answers a SubjectAccessReview. */
export async function judge(policy: Policy, world: World, review: (spec: Value) => Promise<Value>): Promise<Verdict> {
  const facts = new Facts();
  for (;;) {
    facts.pending = new Map();
    facts.misses = 0;
    try {
      return new Judgement(policy, world, facts).verdict();
    } catch (error) {
      if (error !== MISSING_FACT || facts.pending.size === 0) throw error;
    }
    for (const { key, params } of facts.pending.values()) {
      const status = await review(reviewSpec(params));
      const reason = memberOf(status, "reason") ?? "";
      const problem = memberOf(status, "evaluationError");
      const value = {
        allowed: memberOf(status, "allowed") === true,
        reason,
        ...(problem === undefined ? {} : { error: problem }),
      };
      facts.known.set(key, { ok: true, value });
    }
  }
}

/** The question of an `authorization` fact as a SubjectAccessReview. */
function reviewSpec(params: Value): Value {
  const { user, path, verb, labelSelector, fieldSelector, ...resource } = params as Readonly<Record<string, Value>>;
  const { username, ...rest } = user as Readonly<Record<string, Value>>;
  const selectors = {
    ...(labelSelector === undefined ? {} : { labelSelector: { rawSelector: labelSelector } }),
    ...(fieldSelector === undefined ? {} : { fieldSelector: { rawSelector: fieldSelector } }),
  };
  const attributes =
    path === undefined
      ? { resourceAttributes: { ...resource, ...selectors, verb: verb ?? "" } }
      : { nonResourceAttributes: { path, verb: verb ?? "" } };
  return { user: username ?? "", ...rest, ...attributes };
}

class Judgement {
  readonly #policy: Policy;
  readonly #world: World;
  readonly #facts: Facts;

  constructor(policy: Policy, world: World, facts: Facts) {
    this.#policy = policy;
    this.#world = world;
    this.#facts = facts;
  }

  verdict(): Verdict {
    const { conditions, validation, note } = this.#policy;
    const failed: string[] = [];
    for (const condition of conditions) {
      const result = this.#evaluate(condition, true, { ...this.#world, namespaceObject: null });
      if (result.failed !== undefined) failed.push(result.failed);
      else if (result.value === false) return { outcome: "admitted" };
    }
    if (failed[0] !== undefined) return { outcome: "error", message: failed[0] };
    const result = this.#evaluate(validation, true, this.#world);
    if (result.failed !== undefined) return { outcome: "error", message: result.failed };
    if (result.value !== true) return { outcome: "denied", message: this.#message() };
    const noted = note === undefined ? undefined : this.#evaluate(note, true, this.#world);
    return noted?.failed === undefined ? { outcome: "admitted" } : { outcome: "error", message: noted.failed };
  }

  #message(): string {
    const { message, row } = this.#policy;
    const result = message === undefined ? undefined : this.#evaluate(message, false, this.#world);
    const text = typeof result?.value === "string" ? result.value.trim() : "";
    const isUsable = text !== "" && Buffer.byteLength(text) <= MESSAGE_BYTES && !text.includes("\n");
    if (isUsable) return text;
    return row.message?.trim() ?? `failed expression: ${row.expression.trim()}`;
  }

  /** The value of an expression with variables of its own. */
  #evaluate(
    expression: Expression,
    hasAuthorizer: boolean,
    world: World,
  ): { readonly value?: CelValue; readonly failed?: string } {
    const known = new Map<string, { readonly value: CelValue } | { readonly error: unknown }>();
    const run = ({ program, environment }: Expression): CelValue =>
      program.evaluate({
        variables: environment.bind(this.#bindings(environment, hasAuthorizer, world)),
        lazy,
        now: 0,
        facts: this.#facts,
        budget: { steps: ADMISSION_STEPS },
      });
    const remember = (name: string): { readonly value: CelValue } | { readonly error: unknown } => {
      try {
        return { value: run(this.#policy.variables.get(name.replace("variables.", "")) as Expression) };
      } catch (error) {
        return { error };
      }
    };
    const lazy = (name: string): CelValue => {
      const result = known.get(name) ?? remember(name);
      known.set(name, result);
      if ("error" in result) throw result.error;
      return result.value;
    };
    try {
      return { value: run(expression) };
    } catch (error) {
      const isFailure = error instanceof CelError || (error instanceof AmapError && error.code === "BUDGET_EXCEEDED");
      if (isFailure) return { failed: error.message };
      throw error;
    }
  }

  #bindings(environment: CelEnvironment, hasAuthorizer: boolean, world: World): Record<string, CelValue> {
    const { object, oldObject, request, namespaceObject, params } = world;
    const all: Record<string, CelValue> = { object, oldObject, request, namespaceObject, params };
    if (hasAuthorizer) {
      const user = { ...USER, groups: [...USER.groups, "system:authenticated"] };
      all["authorizer"] = authorizerValue(user);
      all["authorizer.requestResource"] = requestResourceValue(user, {
        group: textAt(request, "resource", "group"),
        resource: textAt(request, "resource", "resource"),
        subresource: textAt(request, "subResource"),
        namespace: textAt(request, "namespace"),
        name: textAt(request, "name"),
      });
    }
    return Object.fromEntries(Object.entries(all).filter(([name]) => environment.variables.has(name)));
  }
}

/** The object that is `params`. */
export function paramsOf(row: ExpressionRow, all: readonly Value[]): Value {
  return all.find((each) => valueAt(each, "metadata", "name") === row.params) ?? null;
}
