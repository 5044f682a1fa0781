import { AmapError, memberOf, textOf, type Value } from "../../../base/index.ts";
import type { CelParamSource } from "../../compile/cel-plan.ts";
import { isClusterScoped } from "../../resource/built-in-kinds.ts";
import type { ParamRef } from "../../resource/policies/admission-policy.ts";
import { resourceTypeOf } from "../input.ts";

/** How several objects that a selector finds become `params`. */
export type ParamsForm = "each" | "list";

/** Where the params of one binding are. */
export interface ParamSource {
  readonly apiVersion: string;
  readonly kind: string;
  /** Undefined for kinds that Kubernetes does not bring: then the objects that are found tell. */
  readonly isNamespaced: boolean | undefined;
  readonly ref: ParamRef;
  readonly form: ParamsForm;
}

/**
 * The values that `params` takes, the policy being evaluated for each; none means that the binding says nothing of the
 * object. Params are looked for where the API server looks: in paramRef.namespace, else in the object's own namespace.
 * @throws MISSING_FACT; {AmapError} FACT_FAILED where the binding cannot be used (what that means the failure policy
 * decides), or the code of a fact that could not be loaded
 */
export function readParams(source: ParamSource, run: CelParamSource): readonly Value[] {
  const { ref, form } = source;
  const namespace = searchedNamespace(source, run);
  const found = source.isNamespaced === undefined ? findCustom(source, namespace, run) : find(source, namespace, run);
  if (found.length > 0) return form === "list" && ref.selector !== undefined ? [{ items: found }] : found;
  if (ref.parameterNotFoundAction === "Allow") return [];
  // The API server takes no binding without the action: what its writer wanted nobody knows, and a pass is no default.
  const why =
    ref.parameterNotFoundAction === "Deny"
      ? "with `Deny` parameterNotFoundAction"
      : "that says no parameterNotFoundAction";
  throw misconfigured(`no params found for policy binding ${why}`);
}

/** Where params are looked for; empty for those outside namespaces. */
function searchedNamespace({ isNamespaced, ref }: ParamSource, { input }: CelParamSource): string {
  const { namespace: stated = "" } = ref;
  if (isNamespaced === false) {
    if (stated === "") return "";
    throw misconfigured("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  }
  const namespace = stated || namespaceOf(input);
  if (namespace === "" && isNamespaced === true) throw noNamespace();
  return namespace;
}

function namespaceOf(input: CelParamSource["input"]): string {
  const { group, kind, name, namespace } = resourceTypeOf(input);
  // The API server takes a Namespace to be in itself.
  if (group === "" && kind === "Namespace") return name;
  if (namespace !== "" || input.requested !== undefined || isClusterScoped(group, kind)) return namespace;
  return "default";
}

function find({ apiVersion, kind, ref }: ParamSource, namespace: string, { facts }: CelParamSource): readonly Value[] {
  const { name = "" } = ref;
  if (name === "") return list({ apiVersion, kind, ref }, namespace, facts);
  const object = facts.fact("objectOfKind", { apiVersion, kind, namespace, name });
  return object === null ? [] : [object];
}

/** Of a kind that may live in namespaces or outside: those in the namespace, and those in none. */
function findCustom(source: ParamSource, namespace: string, { facts }: CelParamSource): readonly Value[] {
  const everywhere = list(source, "", facts);
  if (namespace === "" && everywhere.some((object) => nameIn(object, "namespace") !== "")) throw noNamespace();
  return everywhere.filter((object) => ["", namespace].includes(nameIn(object, "namespace")));
}

/** Params by name and labels; an empty namespace is any. The fact takes patterns, paramRef none. */
function list(
  { apiVersion, kind, ref }: Pick<ParamSource, "apiVersion" | "kind" | "ref">,
  namespace: string,
  facts: CelParamSource["facts"],
): readonly Value[] {
  const { name = "", selector = {} } = ref;
  const params = { apiVersion, kind, subresource: "", namespace, name, selector: selector as Value };
  return objectsOf(facts.fact("objectsOfKind", params)).filter(
    (object) =>
      (name === "" || nameIn(object, "name") === name) &&
      (namespace === "" || nameIn(object, "namespace") === namespace),
  );
}

const nameIn = (object: Value, field: "name" | "namespace"): string => textOf(memberOf(object, "metadata"), field);

function objectsOf(found: Value): readonly Value[] {
  return Array.isArray(found) ? found.flatMap((item: Value) => memberOf(item, "object") ?? []) : [];
}

function noNamespace(): AmapError {
  return misconfigured("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
}

/** In the API server's words. */
function misconfigured(reason: string): AmapError {
  return new AmapError("FACT_FAILED", `failed to configure binding: ${reason}`);
}
