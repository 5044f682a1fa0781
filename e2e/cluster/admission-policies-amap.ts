/** The rows of the tables of admission policies as amap compiles and evaluates them. */
import assert from "node:assert/strict";
import { memberOf, type Value, writeJson } from "../../src/base/index.ts";
import {
  type CelBindingResource,
  type CelPlan,
  compileCelPolicy,
  decodePolicies,
  evaluateCelPolicy,
  type Fact,
  type FactRequest,
  type KyvernoEvaluation,
  type KyvernoRuleResponse,
  type LabelSelector,
  matchesLabels,
  type PolicyInput,
  type ResourceSchema,
  readCustomKinds,
} from "../../src/policy/index.ts";
import { documentsOf, type PolicyType } from "./admission-policies-documents.ts";
import { CUSTOM_KINDS } from "./admission-policies-objects.ts";
import type { PolicyRow, RequestRow } from "./admission-policies-rows.ts";
import { comparable, FAILURES, type Verdict } from "./admission-policies-server.ts";
import { textAt, valueAt } from "./values.ts";

type Fields = Readonly<Record<string, Value>>;

/** What facts are answered from. */
export interface World {
  /** The objects that params are looked for in. */
  readonly objects: readonly Value[];
  review(spec: Value): Promise<Value>;
}

/** The policies of a row, compiled with their bindings, in the order in which the server takes them. */
export function compileRow(type: PolicyType, row: PolicyRow): readonly CelPlan[] {
  const text = documentsOf(type, row).map(({ object }) => writeJson(object));
  const decoded = decodePolicies(text.join("\n---\n"), `${row.name}.yaml`);
  assert.ok(decoded.ok, decoded.ok ? "" : writeJson(decoded.issues as unknown as Value));
  const resources = decoded.value;
  const bindings = resources.filter((each): each is CelBindingResource => each.kind.endsWith("PolicyBinding"));
  return resources.flatMap((resource) => {
    if (resource.kind !== "ValidatingAdmissionPolicy" && resource.kind !== "MutatingAdmissionPolicy") return [];
    const plan = compileCelPolicy(resource, { bindings });
    assert.ok(plan.ok, plan.ok ? "" : plan.issues.map(({ path, message }) => `${path}: ${message}`).join("; "));
    return [plan.value];
  });
}

/** amap's verdict on a request, as the server would tell it. */
export async function judge(
  type: PolicyType,
  plans: readonly CelPlan[],
  request: RequestRow,
  input: PolicyInput,
  world: World,
): Promise<Verdict> {
  const responses: KyvernoRuleResponse[] = [];
  let object = input.object;
  const run = async (plan: CelPlan, invokedBefore?: KyvernoEvaluation): Promise<KyvernoEvaluation> => {
    const done = await evaluate(plan, { ...input, object }, world, invokedBefore);
    responses.push(...done.responses);
    object = done.object;
    return done;
  };
  const done = new Map<CelPlan, KyvernoEvaluation>();
  for (const plan of plans) done.set(plan, await run(plan));
  // Those that ask for it are run again when a mutation was made, by whichever of them.
  if (type === "Mutating" && responses.some(({ status }) => status === "pass")) {
    for (const [plan, before] of done) if (plan.reinvokes) await run(plan, before);
  }
  const verdict = type === "Validating" ? validated(responses) : mutated(responses);
  if (type === "Validating" || verdict.denial !== undefined) return verdict;
  return { ...verdict, object: comparable(object, request) };
}

const kinds = CUSTOM_KINDS.flatMap((definition) => readCustomKinds(definition));

const schemaOf = (apiVersion: string, wanted: string): ResourceSchema | undefined =>
  kinds.find(({ group, version, kind }) => `${group}/${version}` === apiVersion && kind === wanted)?.schema;

async function evaluate(
  plan: CelPlan,
  input: PolicyInput,
  world: World,
  invokedBefore?: KyvernoEvaluation,
): Promise<KyvernoEvaluation> {
  const again = invokedBefore === undefined ? {} : { invokedBefore };
  const facts = new Map<string, Fact>();
  let previous: KyvernoEvaluation | undefined;
  for (;;) {
    const options = { facts, now: 0, seed: "", process: "admission", schemaOf, previous, ...again } as const;
    previous = evaluateCelPolicy(plan, input, options);
    if (previous.pending.length === 0) return previous;
    for (const request of previous.pending) facts.set(request.key, { ok: true, value: await answer(request, world) });
  }
}

async function answer({ kind, params }: FactRequest, world: World): Promise<Value> {
  const { apiVersion, kind: wanted, selector } = params as Fields;
  const [namespace, name] = [textAt(params, "namespace"), textAt(params, "name")];
  const isWanted = (object: Value): boolean =>
    valueAt(object, "apiVersion") === apiVersion &&
    valueAt(object, "kind") === wanted &&
    [textAt(object, "metadata", "namespace"), ""].includes(namespace) &&
    [textAt(object, "metadata", "name"), ""].includes(name);
  switch (kind) {
    case "objectOfKind":
      return world.objects.find(isWanted) ?? null;
    case "objectsOfKind":
      return world.objects
        .filter(isWanted)
        .filter((object) => matchesLabels(selector as unknown as LabelSelector, object))
        .map((object) => ({ object, subresource: "" }));
    case "authorization": {
      const { user, verb, path, ...resource } = params as Fields;
      const { username, ...rest } = user as Fields;
      const asked: Fields =
        path === undefined
          ? { resourceAttributes: { ...resource, verb: verb ?? "" } }
          : { nonResourceAttributes: { path, verb: verb ?? "" } };
      const status = await world.review({ user: username ?? "", ...rest, ...asked });
      return { allowed: memberOf(status, "allowed") === true, reason: memberOf(status, "reason") ?? "" };
    }
    default:
      throw new Error(`${kind} is asked for`);
  }
}

/** What the API server makes of the outcomes of validating policies. */
function validated(responses: readonly KyvernoRuleResponse[]): Verdict {
  const warnings: string[] = [];
  const audit = new Map<string, string>();
  let denial: Verdict["denial"];
  for (const response of responses) {
    const { policy, binding, message, statusReason = "Invalid", validationActions = [], failureAction } = response;
    for (const [key, value] of Object.entries(response.auditAnnotations ?? {})) {
      const before = audit.get(`${policy}/${key}`);
      audit.set(`${policy}/${key}`, before === undefined || before === value ? value : `${before}, ${value}`);
    }
    if (response.status !== "fail" && response.status !== "error") continue;
    if (failureAction === "Enforce") {
      denial ??= {
        message: `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${message}`,
        reason: statusReason,
      };
    }
    if (response.emitWarning) {
      warnings.push(
        `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${binding}': ${message}`,
      );
    }
    if (validationActions.includes("Audit")) {
      const failure: Value = {
        message,
        policy,
        binding: binding ?? "",
        expressionIndex: 0,
        validationActions: [...validationActions],
      };
      audit.set(FAILURES, writeJson([failure]));
    }
  }
  return { ...(denial === undefined ? {} : { denial }), warnings, audit: Object.fromEntries(audit) };
}

/** What the API server makes of the outcomes of mutating policies. */
function mutated(responses: readonly KyvernoRuleResponse[]): Verdict {
  const denying = responses.find(({ status, failureAction }) => status === "error" && failureAction === "Enforce");
  if (denying === undefined) return { warnings: [], audit: {} };
  const { policy, binding, message } = denying;
  // What cannot be read as an object of its kind is no matter of the policy's to the server.
  const isInternal = message.startsWith("Internal error occurred: ");
  if (isInternal) return { denial: { message, reason: "InternalError" }, warnings: [], audit: {} };
  // Of a policy that could not be set up the server gives no reason of its own.
  const statusReason = message.startsWith("failed to configure ") ? "Forbidden" : "Invalid";
  return {
    denial: {
      message: `policy '${policy}' with binding '${binding}' denied request: ${message}`,
      reason: statusReason,
    },
    warnings: [],
    audit: {},
  };
}
