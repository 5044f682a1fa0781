import { isValueObject, type Value } from "../../../../../base/index.ts";
import type { FactKind } from "../../../../evaluate/facts.ts";
import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { type CelType, celTypes } from "../../types.ts";
import { mapGet, mapKeys } from "../../values/kinds.ts";
import { type CelMap, type CelObject, type CelValue, Opaque } from "../../values/value.ts";
import { sentObject } from "./sent-value.ts";
import { bothSpellings } from "./spellings.ts";

const { dyn, map, string } = celTypes;
const since = "0.2.0";
const LABELS = map(string, string);
const OBJECT = map(string, dyn);

/** Which kind is asked for. */
interface Kind {
  readonly apiVersion: string;
  /** The plural in paths. */
  readonly resource: string;
}

const GVR_TYPE = "schema.GroupVersionResource";
/** `toGVR`'s result: group/version/resource as one text, so that equal ones are equal. */
const GVR: CelType<Opaque<string>> = celTypes.opaque(GVR_TYPE);

const API_VERSION = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[a-z0-9]{1,63}$/;
const RESOURCE = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;

function checked(what: string, text: string, pattern: RegExp): string {
  if (pattern.test(text)) return text;
  throw new CelError("invalid_argument", `${JSON.stringify(text.slice(0, 80))} is not ${what}`);
}

function kindOf(apiVersion: string, resource: string): Kind {
  return {
    apiVersion: checked("an apiVersion such as apps/v1", apiVersion, API_VERSION),
    resource: checked("a plural such as deployments", resource, RESOURCE),
  };
}

function kindOfGvr({ value }: Opaque<string>): Kind {
  const slash = value.lastIndexOf("/");
  return { apiVersion: value.slice(0, slash).replace(/^\//, ""), resource: value.slice(slash + 1) };
}

/** What the API server takes as one segment of a path: a name never leads elsewhere. */
function segment(what: string, text: string): string {
  const isBad = text === "" || text === "." || text === ".." || text.length > 253 || /[/%\s]/.test(text);
  if (isBad) throw new CelError("invalid_argument", `${JSON.stringify(text.slice(0, 80))} is not the name of ${what}`);
  return text;
}

/** Empty for what has no namespace, and in lists for all of them. */
function namespaceName(text: string): string {
  return text === "" ? "" : segment("a namespace", text);
}

function get(kind: Kind, namespace: string, name: string, context: CelContext): CelValue {
  const params = { ...kind, namespace: namespaceName(namespace), name: segment("an object", name) };
  const object = context.facts.fact("resource", params);
  return object === null ? null : objectOf("resource", object);
}

function list(kind: Kind, namespace: string, labels: CelObject | CelMap | undefined, context: CelContext): CelValue {
  const params = { ...kind, namespace: namespaceName(namespace), labels: labelsOf(labels) };
  return objectOf("resourceList", context.facts.fact("resourceList", params));
}

/** A label that is lost would select more than was asked for: keys that an object cannot hold are refused. */
function labelsOf(labels: CelObject | CelMap | undefined): Value {
  const wanted: Record<string, Value> = {};
  for (const key of (labels === undefined ? [] : mapKeys(labels)) as readonly string[]) {
    if (key === "__proto__") throw new CelError("invalid_argument", '"__proto__" is not the key of a label');
    wanted[key] = mapGet(labels as CelObject, key) as string;
  }
  return wanted;
}

function post(kind: Kind, namespace: string, object: CelObject | CelMap, context: CelContext): CelValue {
  const params = { ...kind, namespace: namespaceName(namespace), object: sentObject(object, namespace, context) };
  return objectOf("resourcePost", context.facts.fact("resourcePost", params));
}

/** An answer that is no object is a fault of who loaded it: never passed on as if it were one. */
function objectOf(kind: FactKind, value: Value): CelValue {
  if (isValueObject(value)) return value;
  throw new CelError("failed", `the ${kind} fact is not an object`, { code: "FACT_FAILED" });
}

function toGvr(apiVersion: string, kind: string, context: CelContext): Opaque<string> {
  const found = context.facts.fact("resourceType", {
    apiVersion: checked("an apiVersion such as apps/v1", apiVersion, API_VERSION),
    kind: checked("a kind such as Deployment", kind, KIND),
  });
  const parts = isValueObject(found) ? [found.group, found.version, found.resource] : [];
  if (parts.length === 3 && parts.every((part) => typeof part === "string")) {
    return new Opaque(GVR_TYPE, parts.join("/"));
  }
  throw new CelError("failed", "the resourceType fact names no group, version and resource", { code: "FACT_FAILED" });
}

const CONFIG_MAP = '"v1", "configmaps"';
const DEPLOYMENTS = '"apps/v1", "deployments"';
const REVIEW =
  '{"apiVersion": dyn("authorization.k8s.io/v1"), "kind": dyn("SubjectAccessReview"), "spec": dyn({"user": "eve"})}';
const REVIEWS = '"authorization.k8s.io/v1", "subjectaccessreviews"';

// What a namespaced policy may ask for: the kind of the review is in the policy's namespace.
const LOCAL_REVIEW =
  '{"apiVersion": dyn("authorization.k8s.io/v1"), "kind": dyn("LocalSubjectAccessReview"), "spec": dyn({"user": "eve"})}';
const LOCAL_REVIEWS = '"authorization.k8s.io/v1", "localsubjectaccessreviews"';

const READS_ONE = "an object of the cluster";
const READS_MANY = "objects of the cluster";

/** Of policies for the whole cluster: the namespace is an argument. */
function clusterFunctions(): readonly CelFunction[] {
  return [
    ...bothSpellings("resource.", "Get", (name) => [
      celFunction({
        name,
        args: [string, string, string, string],
        result: dyn,
        note: "The object with this apiVersion, plural, namespace (empty where there is none) and name; null when there is none.",
        example: `${name}(${CONFIG_MAP}, "default", "registries").data.allowed == "ghcr.io"`,
        since,
        loads: READS_ONE,
        call: (apiVersion, plural, namespace, object, context) =>
          get(kindOf(apiVersion, plural), namespace, object, context),
      }),
      celFunction({
        name,
        args: [GVR, string, string],
        result: dyn,
        note: "The same for what resource.toGVR gives, a namespace and a name.",
        example: `${name}(resource.toGVR("v1", "ConfigMap"), "default", "absent") == null`,
        since,
        loads: READS_ONE,
        call: (gvr, namespace, object, context) => get(kindOfGvr(gvr), namespace, object, context),
      }),
    ]),
    ...bothSpellings("resource.", "List", (name) => [
      celFunction({
        name,
        args: [string, string, string],
        result: OBJECT,
        note: "The objects of a kind, under `items`: apiVersion, plural, namespace (empty for all).",
        example: `${name}(${DEPLOYMENTS}, "").items.size() == 2`,
        since,
        loads: READS_MANY,
        call: (apiVersion, plural, namespace, context) =>
          list(kindOf(apiVersion, plural), namespace, undefined, context),
      }),
      celFunction({
        name,
        args: [string, string, string, LABELS],
        result: OBJECT,
        note: "The same, only those that have all of these labels.",
        example: `${name}(${DEPLOYMENTS}, "shop", {"app": "web"}).items[0].metadata.name == "web"`,
        since,
        loads: READS_MANY,
        call: (apiVersion, plural, namespace, labels, context) =>
          list(kindOf(apiVersion, plural), namespace, labels, context),
      }),
      celFunction({
        name,
        args: [GVR, string],
        result: OBJECT,
        note: "The objects of what resource.toGVR gives, in a namespace (empty for all).",
        example: `${name}(resource.toGVR("apps/v1", "Deployment"), "").items.size() == 2`,
        since,
        loads: READS_MANY,
        call: (gvr, namespace, context) => list(kindOfGvr(gvr), namespace, undefined, context),
      }),
      celFunction({
        name,
        args: [GVR, string, LABELS],
        result: OBJECT,
        note: "The same, only those that have all of these labels.",
        example: `${name}(resource.toGVR("apps/v1", "Deployment"), "shop", {"app": "web"}).items.size() == 1`,
        since,
        loads: READS_MANY,
        call: (gvr, namespace, labels, context) => list(kindOfGvr(gvr), namespace, labels, context),
      }),
    ]),
    ...bothSpellings("resource.", "Post", (name) => [
      celFunction({
        name,
        args: [string, string, string, OBJECT],
        result: OBJECT,
        note: "What the API server answers when the object is created, with apiVersion, plural and namespace. Sent once, and only when all before it is known.",
        example: `!${name}(${REVIEWS}, "", ${REVIEW}).status.allowed`,
        since,
        loads: "an object that is created",
        call: (apiVersion, plural, namespace, object, context) =>
          post(kindOf(apiVersion, plural), namespace, object, context),
      }),
      celFunction({
        name,
        args: [string, string, OBJECT],
        result: OBJECT,
        note: "The same for a kind without namespaces.",
        example: `!${name}(${REVIEWS}, ${REVIEW}).status.allowed`,
        since,
        loads: "an object that is created",
        call: (apiVersion, plural, object, context) => post(kindOf(apiVersion, plural), "", object, context),
      }),
    ]),
    ...mapping(),
  ];
}

/** Of a namespaced policy: the rows take no namespace, so that a policy never reaches out of its own. */
function namespacedFunctions(namespace: string): readonly CelFunction[] {
  return [
    ...bothSpellings("resource.", "Get", (name) => [
      celFunction({
        name,
        args: [string, string, string],
        result: dyn,
        note: "The object of the policy's own namespace with this apiVersion, plural and name; null when there is none.",
        example: `${name}(${CONFIG_MAP}, "registries").data.allowed == "ghcr.io"`,
        since,
        loads: READS_ONE,
        call: (apiVersion, plural, object, context) => get(kindOf(apiVersion, plural), namespace, object, context),
      }),
      celFunction({
        name,
        args: [GVR, string],
        result: dyn,
        note: "The same for what resource.toGVR gives and a name.",
        example: `${name}(resource.toGVR("v1", "ConfigMap"), "absent") == null`,
        since,
        loads: READS_ONE,
        call: (gvr, object, context) => get(kindOfGvr(gvr), namespace, object, context),
      }),
    ]),
    ...bothSpellings("resource.", "List", (name) => [
      celFunction({
        name,
        args: [string, string],
        result: OBJECT,
        note: "The objects of a kind in the policy's own namespace, under `items`.",
        example: `${name}(${CONFIG_MAP}).items.size() == 1`,
        since,
        loads: READS_MANY,
        call: (apiVersion, plural, context) => list(kindOf(apiVersion, plural), namespace, undefined, context),
      }),
      celFunction({
        name,
        args: [string, string, LABELS],
        result: OBJECT,
        note: "The same, only those that have all of these labels.",
        example: `${name}(${CONFIG_MAP}, {"app": "web"}).items.size() == 0`,
        since,
        loads: READS_MANY,
        call: (apiVersion, plural, labels, context) => list(kindOf(apiVersion, plural), namespace, labels, context),
      }),
      celFunction({
        name,
        args: [GVR],
        result: OBJECT,
        note: "The objects of what resource.toGVR gives in the policy's own namespace.",
        example: `${name}(resource.toGVR("v1", "ConfigMap")).items.size() == 1`,
        since,
        loads: READS_MANY,
        call: (gvr, context) => list(kindOfGvr(gvr), namespace, undefined, context),
      }),
      celFunction({
        name,
        args: [GVR, LABELS],
        result: OBJECT,
        note: "The same, only those that have all of these labels.",
        example: `${name}(resource.toGVR("v1", "ConfigMap"), {"app": "web"}).items.size() == 0`,
        since,
        loads: READS_MANY,
        call: (gvr, labels, context) => list(kindOfGvr(gvr), namespace, labels, context),
      }),
    ]),
    ...bothSpellings("resource.", "Post", (name) => [
      celFunction({
        name,
        args: [string, string, OBJECT],
        result: OBJECT,
        note: "What the API server answers when the object is created in the policy's own namespace. Sent once, and only when all before it is known.",
        example: `!${name}(${LOCAL_REVIEWS}, ${LOCAL_REVIEW}).status.allowed`,
        since,
        loads: "an object that is created",
        call: (apiVersion, plural, object, context) => post(kindOf(apiVersion, plural), namespace, object, context),
      }),
    ]),
    ...mapping(),
  ];
}

function mapping(): readonly CelFunction[] {
  return ["resource.ToGVR", "resource.toGVR"].map((name) =>
    celFunction({
      name,
      args: [string, string],
      result: GVR,
      note: "How the cluster serves a kind, by apiVersion and kind: for resource.get and resource.list.",
      example: `${name}("apps/v1", "Deployment") == resource.toGVR("apps/v1", "Deployment")`,
      since,
      loads: "the kinds of the cluster",
      call: toGvr,
    }),
  );
}

/** Kyverno's resource library, of a policy for the cluster or for one namespace. */
export function resourceFunctions(namespace: string | undefined): readonly CelFunction[] {
  return namespace === undefined ? clusterFunctions() : namespacedFunctions(namespace);
}
