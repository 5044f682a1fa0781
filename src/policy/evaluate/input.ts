import { isValueObject, memberOf, type Value } from "../../base/index.ts";
import { plausiblePlurals, pluralOf } from "../resource/built-in-kinds.ts";

/** Admission operations (admissionregistration/v1 OperationType). */
export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What a policy is applied to: an admission request, or an object as if it were being created. Never changed. */
export interface PolicyInput {
  /** The object as it would be stored; null when it is deleted. */
  readonly object: Value;
  readonly oldObject?: Value;
  readonly operation: Operation;
  /** The object's Namespace, where it is known; needed by namespaceSelector and `namespaceObject`. */
  readonly namespaceObject?: Value;
  /** `request.userInfo`. */
  readonly userInfo?: Value;
  /** Plural name; when absent it is not known, and rules over any plausible plural of the kind apply. */
  readonly resource?: string;
  /** `status`, `ephemeralcontainers`, … when a subresource is asked for. */
  readonly subresource?: string;
  /**
   * What the API server names, where it asks: rules go by it. The object of a subresource may be of another kind
   * (`deployments/scale`: autoscaling/v1 Scale), have no name (`pods/exec`), or be missing. An empty namespace is that
   * of a resource outside namespaces.
   */
  readonly requested?: {
    readonly group: string;
    readonly version: string;
    readonly name: string;
    readonly namespace: string;
    /** The kind of the resource asked for, where it is known: Deployment for `deployments/scale`. Kyverno's kinds name it. */
    readonly kind?: string;
  };
  /** Roles (`namespace:name`) and ClusterRoles that are bound to the user: `request.roles`, `request.clusterRoles`. */
  readonly roles?: readonly string[];
  readonly clusterRoles?: readonly string[];
  /** The labels of the object's Namespace, where they are known without the Namespace: before `namespaceObject`. */
  readonly namespaceLabels?: Value;
}

/** What kind of thing an object is, as rules name it. */
export interface ResourceType {
  /** Of the object. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Of the resource that is asked for: the object's, but for some subresources. */
  readonly resourceGroup: string;
  readonly resourceVersion: string;
  /** The plural name, or the likeliest one. */
  readonly resource: string;
  /** Every plural name it may have: one when it is stated. */
  readonly resources: readonly string[];
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string;
}

/** The object that is there: the new one, or the old one when it is deleted. */
export function subjectOf(input: PolicyInput): Value {
  return isValueObject(input.object) ? input.object : (input.oldObject ?? null);
}

/** Group, version and kind of an object; missing parts are empty strings. */
export function kindOf(object: Value): Pick<ResourceType, "group" | "version" | "kind"> {
  const apiVersion = textOf(memberOf(object, "apiVersion"));
  const slash = apiVersion.indexOf("/");
  return {
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind: textOf(memberOf(object, "kind")),
  };
}

/** Group, version, kind, plural and names of an input. Missing parts are empty strings: no rule names them. */
export function resourceTypeOf(input: PolicyInput): ResourceType {
  const subject = subjectOf(input);
  const { group, version, kind } = kindOf(subject);
  const metadata = memberOf(subject, "metadata");
  const { requested } = input;
  return {
    group,
    version,
    kind,
    resourceGroup: requested?.group ?? group,
    resourceVersion: requested?.version ?? version,
    resource: input.resource ?? pluralOf(kind),
    resources: input.resource === undefined ? plausiblePlurals(kind) : [input.resource],
    subresource: input.subresource ?? "",
    name: requested?.name || textOf(memberOf(metadata, "name")),
    namespace: requested?.namespace || textOf(memberOf(metadata, "namespace")),
  };
}

function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}
