import { isValueObject, type Value } from "../../../base/index.ts";
import type { CelPlan } from "../../compile/cel-plan.ts";
import type { CelEnvironment } from "../../language/cel/environment.ts";
import { ENVOY_REQUEST } from "../../language/cel/functions/authz/envoy.ts";
import { HTTP_REQUEST } from "../../language/cel/functions/authz/http.ts";
import { readShape } from "../../language/cel/functions/authz/shape.ts";
import type { CelValue } from "../../language/cel/values/value.ts";
import { admissionValues } from "../../rules/cel-request.ts";
import { type PolicyInput, resourceTypeOf } from "../input.ts";

/** Values by name, as expressions see them. */
export type NamedValues = Readonly<Record<string, CelValue>>;

/**
 * What expressions see before any exception, binding or patch.
 * @throws {AmapError} VALUE_INVALID for a payload that is no request
 */
export function initialValues(
  plan: Pick<CelPlan, "mode" | "rules" | "type">,
  input: PolicyInput,
  payload: Value | undefined,
): NamedValues {
  const { mode } = plan;
  if (mode === "HTTP") return { object: readShape(payload ?? null, HTTP_REQUEST, { isProtobuf: false }) };
  if (mode === "Envoy") return { object: readShape(payload ?? null, ENVOY_REQUEST, { isProtobuf: true }) };
  if (mode === "JSON") {
    return { object: payload ?? input.object, oldObject: null, request: null, namespaceObject: null, ...NO_EXCEPTIONS };
  }
  // Nobody asked for what a cleanup looks through: there is no request.
  if (plan.type === "Deletion") return { object: payload ?? input.object, namespaceObject: ownNamespaceOf(input) };
  if (plan.rules === "kubernetes") return { ...admissionValues(input, input.object), params: null };
  return {
    object: presentObject(input.object),
    oldObject: presentObject(input.oldObject ?? null),
    request: requestOf(input),
    namespaceObject: namespaceOf(input),
    ...NO_EXCEPTIONS,
  };
}

const NO_EXCEPTIONS = { exceptions: { allowedImages: [], allowedValues: [] } };

/** To Kyverno an object that is not there is one without members, not null. */
function presentObject(object: Value): Value {
  return isValueObject(object) ? object : {};
}

/** An AdmissionRequest as Go writes it: empty names are not there. */
function requestOf(input: PolicyInput): Value {
  const { group, version, kind, resource, resourceGroup, resourceVersion, subresource, name, namespace } =
    resourceTypeOf(input);
  const gvk = { group, version, kind };
  const gvr = { group: resourceGroup, version: resourceVersion, resource };
  return {
    kind: gvk,
    resource: gvr,
    ...(subresource === "" ? {} : { subResource: subresource, requestSubResource: subresource }),
    requestKind: gvk,
    requestResource: gvr,
    ...(name === "" ? {} : { name }),
    ...(namespace === "" ? {} : { namespace }),
    operation: input.operation,
    userInfo: input.userInfo ?? {},
    object: input.object,
    oldObject: input.oldObject ?? null,
    dryRun: false,
    options: null,
  };
}

/** The Namespace as far as it is known; null when nothing is. */
function namespaceOf(input: PolicyInput): Value {
  const { namespaceObject, namespaceLabels } = input;
  if (namespaceObject !== undefined) return namespaceObject;
  if (namespaceLabels === undefined) return null;
  const { namespace: name } = resourceTypeOf(input);
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: namespaceLabels } };
}

/** The same for what exists already: a Namespace is its own. */
function ownNamespaceOf(input: PolicyInput): Value {
  const { group, kind } = resourceTypeOf(input);
  return namespaceOf(input) ?? (group === "" && kind === "Namespace" ? input.object : null);
}

/** Values by slot: those of names that the environment has. */
export function bindValues(environment: CelEnvironment, values: NamedValues): (CelValue | undefined)[] {
  const known = Object.entries(values).filter(([name]) => environment.variables.has(name));
  return environment.bind(Object.fromEntries(known));
}
